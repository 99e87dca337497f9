"""MLB box files → raw tables."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from propcast.sources.history.mlb_box import STATCAST, read_batter_games, read_pitcher_games
from propcast.sources.history.parsed import ParsedFile
from propcast.tables.reference import PLAYER_ALIASES
from tests.sources.samples import Row, canonical

NO_ALIASES = PLAYER_ALIASES.empty()
UNNUMBERED: Row = {"season": 2023, "game_date": date(2023, 6, 16), "game_pk": None}
HOME: Row = {"pitcher_id": 1, "pitcher_name": "Al Home"}
AWAY: Row = {"pitcher_id": 2, "pitcher_name": "Bo Away", "team": "DDD", "opponent": "CCC", "is_home": False}
UNKNOWN = "team is unknown: both starters of the game are listed for one team"


def starts(*overrides: Row, aliases: pl.DataFrame = NO_ALIASES) -> ParsedFile:
    return read_pitcher_games(canonical("mlb_pitcher_games", *overrides), aliases)


def sides(parsed: ParsedFile) -> dict[int, tuple[str, str, bool]]:
    good = parsed.rows.good
    return {row["pitcher_id"]: (row["team"], row["opponent"], row["is_home"]) for row in good.iter_rows(named=True)}


def test_a_numbered_game_keeps_its_number() -> None:
    assert set(starts(HOME, AWAY).rows.good["event_id"]) == {"mlb:900001"}


def test_a_game_without_number_gets_one_stable_id_for_both_starters() -> None:
    good = starts(UNNUMBERED | HOME, UNNUMBERED | AWAY).rows.good
    assert set(good["event_id"]) == {"mlb:2023-06-16:DDD@CCC:1"}


def test_four_starts_of_one_match_up_are_two_games_with_two_starters_each() -> None:
    second = [UNNUMBERED | HOME | {"pitcher_id": 3}, UNNUMBERED | AWAY | {"pitcher_id": 4}]
    good = starts(UNNUMBERED | HOME, UNNUMBERED | AWAY, *second).rows.good
    counts = good.group_by("event_id").agg(pl.col("team").n_unique()).sort("event_id")
    assert counts.rows() == [("mlb:2023-06-16:DDD@CCC:1", 2), ("mlb:2023-06-16:DDD@CCC:2", 2)]


def test_two_starters_of_one_team_are_parted_by_their_other_starts() -> None:
    """The man whose own nearest start is for the listed team stays; the other one pitched for the opponent."""
    elsewhere = UNNUMBERED | HOME | {"game_date": date(2023, 6, 21), "opponent": "EEE"}
    parsed = starts(UNNUMBERED | HOME, UNNUMBERED | HOME | {"pitcher_id": 9, "pitcher_name": "Cy New"}, elsewhere)
    assert sides(parsed)[9] == ("DDD", "CCC", False)
    assert parsed.rows.good.filter(pl.col("pitcher_id") == 1)["team"].to_list() == ["CCC", "CCC"]


def test_two_starters_of_one_team_whom_nothing_parts_are_held_back() -> None:
    last_season = UNNUMBERED | HOME | {"season": 2022, "game_date": date(2022, 6, 21), "opponent": "EEE"}
    parsed = starts(UNNUMBERED | HOME, UNNUMBERED | HOME | {"pitcher_id": 9}, last_season)
    assert parsed.quarantined == {UNKNOWN: 2}


def test_a_start_without_id_waits_for_its_name() -> None:
    parsed = starts(HOME, AWAY | {"pitcher_id": None})
    assert parsed.quarantined == {"UNRESOLVED_NAME": 1}
    assert parsed.refusal is None
    assert parsed.unresolved.select("vendor", "raw_name", "vendor_event_id").rows() == [
        (STATCAST, "Bo Away", "mlb:900001")
    ]


def test_a_start_without_id_is_resolved_by_his_earlier_starts() -> None:
    earlier = AWAY | {"game_pk": 5, "game_date": date(2025, 6, 26)}
    parsed = starts(earlier, AWAY | {"pitcher_id": None})
    assert parsed.rows.good["pitcher_id"].to_list() == [2, 2]


def test_a_later_start_does_not_tell_who_he_was() -> None:
    later = AWAY | {"game_pk": 5, "game_date": date(2025, 7, 9)}
    assert starts(later, AWAY | {"pitcher_id": None}).quarantined == {"UNRESOLVED_NAME": 1}


def test_strikes_count_balls_in_play() -> None:
    """The file's own strike count leaves them out; a box score's does not."""
    row = starts({"pitches": 95, "balls_sc": 33}).rows.good.row(0, named=True)
    assert (row["strikes"], row["balls"]) == (62, 33)


@pytest.mark.proves("L40", "E6")
def test_what_the_file_lacks_stays_null() -> None:
    missing = dict.fromkeys(("p_throws", "r", "hr", "hbp", "whiffs", "csw", "balls_sc", "xwoba", "fb_velo"))
    row = starts(missing).rows.good.row(0, named=True)
    ours = ("throws", "runs", "home_runs", "hbp", "whiffs", "csw", "strikes", "balls", "xwoba", "fb_velo_mph")
    assert [row[name] for name in ours] == [None] * len(ours)


def test_a_start_is_known_at_eight_utc_of_the_next_day() -> None:
    assert starts({}).rows.good["observed_at"].item() == datetime(2025, 7, 3, 8, tzinfo=UTC)


def test_more_strikeouts_than_batters_is_a_row_fault() -> None:
    assert starts({"k": 9, "bf": 8}).quarantined == {"more strikeouts than batters faced": 1}


def test_a_batters_game_is_read() -> None:
    row = read_batter_games(canonical("mlb_batter_games")).rows.good.row(0, named=True)
    assert (row["event_id"], row["season"], row["season_type"], row["bats"]) == ("mlb:910001", "2026", "regular", "S")
    assert (row["plate_appearances"], row["slot"]) == (4, None)


def test_a_spring_game_is_no_season_type() -> None:
    assert read_batter_games(canonical("mlb_batter_games", {"game_type": "S"})).rows.good.is_empty()


def test_row_order_changes_no_game_id() -> None:
    rows = [
        UNNUMBERED | HOME,
        UNNUMBERED | AWAY,
        UNNUMBERED | HOME | {"pitcher_id": 3},
        UNNUMBERED | AWAY | {"pitcher_id": 4},
    ]
    one, other = starts(*rows).rows.good, starts(*reversed(rows)).rows.good
    assert one.sort("pitcher_id").equals(other.sort("pitcher_id"))
