"""NBA box files → raw tables."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from propcast.sources.history.nba_box import read_player_box, read_schedule, read_shot_zones, read_team_box
from tests.sources.samples import canonical


def test_a_box_row_is_known_at_eight_utc_of_the_next_day() -> None:
    for parsed in (
        read_player_box(canonical("nba_player_box")),
        read_team_box(canonical("nba_team_box")),
        read_schedule(canonical("nba_schedule")),
    ):
        assert parsed.rows.good["observed_at"].item() == datetime(2024, 11, 21, 8, tzinfo=UTC)


def test_event_ids_keep_their_leading_zeros() -> None:
    assert read_team_box(canonical("nba_team_box")).rows.good["event_id"].item() == "nba:0022400901"


@pytest.mark.parametrize(
    ("name", "ours"), [("PlayIn", "play_in"), ("NBA Cup Final", "cup_final"), ("Playoffs", "playoffs")]
)
def test_season_types_are_translated(name: str, ours: str) -> None:
    assert read_team_box(canonical("nba_team_box", {"season_type": name})).rows.good["season_type"].item() == ours


def test_exact_minutes_are_preferred_and_whole_ones_kept_beside_them() -> None:
    rows = read_player_box(
        canonical("nba_player_box", {"player_id": 1}, {"player_id": 2, "minutes_exact": None})
    ).rows.good.sort("player_id")
    assert rows["minutes_played"].to_list() == [30.75, 31.0]
    assert rows["minutes_rounded"].to_list() == [31, 31]


@pytest.mark.proves("L40", "E6")
def test_statistics_that_the_file_lacks_stay_null() -> None:
    missing = dict.fromkeys(("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "pf"))
    row = read_player_box(canonical("nba_player_box", missing)).rows.good.row(0, named=True)
    assert [row[name] for name in missing] == [None] * len(missing)


def test_zero_whole_minutes_are_an_appearance() -> None:
    row = read_player_box(canonical("nba_player_box", {"minutes": 0.0, "minutes_exact": None})).rows.good
    assert row["status"].item() == "played"
    assert row["is_starter"].item() is None


def test_a_shooting_line_that_does_not_add_up_is_no_row_fault() -> None:
    assert read_player_box(canonical("nba_player_box", {"pts": 40})).rows.bad.is_empty()


def test_a_lost_game_is_not_won() -> None:
    box = read_team_box(canonical("nba_team_box", {"wl": "L"}))
    assert box.rows.good["won"].item() is False


def test_the_closing_market_goes_to_columns_of_its_own() -> None:
    row = read_schedule(canonical("nba_schedule")).rows.good.row(0, named=True)
    assert (row["closing_spread"], row["closing_total"], row["status"]) == (-4.5, 220.5, "final")
    assert row["starts_at"] == datetime(2024, 11, 21, 0, 30, tzinfo=UTC)


def test_season_zones_are_known_only_after_their_season() -> None:
    parsed = read_shot_zones(canonical("nba_shot_zones_season", {"c3_fgm": 3.0, "c3_fga": 9.0}))
    row = parsed.rows.good.row(0, named=True)
    assert (row["corner3_fgm"], row["corner3_fga"], row["season"]) == (3, 9, "2023-24")
    assert row["observed_at"].date() == date(2024, 10, 15)


def test_a_fraction_of_a_shot_is_a_row_fault() -> None:
    parsed = read_shot_zones(canonical("nba_shot_zones_season", {"ra_fgm": 3.5}))
    assert parsed.quarantined == {"a number of shots is not whole": 1}


def test_row_order_changes_nothing() -> None:
    frame = canonical("nba_player_box", *({"player_id": i % 7, "pts": i % 3} for i in range(40)))
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=3)
    one, other = (read_player_box(f).rows for f in (frame, shuffled))
    assert one.good.sort(pl.all()).equals(other.good.sort(pl.all()))
    assert one.bad.height == other.bad.height


def test_a_team_that_the_file_names_as_its_own_opponent_met_the_other_team_of_the_game() -> None:
    """As on a neutral floor, where nobody is at home."""
    sides = [
        {"team": "MIL", "opponent": "MIL", "pts": 110, "opp_pts": 110, "is_home": False},
        {"team": "ATL", "opponent": "MIL", "pts": 102, "opp_pts": 110, "is_home": False, "wl": "L"},
    ]
    for rows in (sides, sides[::-1]):
        box = read_team_box(canonical("nba_team_box", *rows)).rows
        assert box.bad.is_empty()
        told = box.good.sort("team").select("team", "opponent", "pts", "opp_pts").rows()
        assert told == [("ATL", "MIL", 102, 110), ("MIL", "ATL", 110, 102)]


def test_a_team_alone_in_its_game_that_is_its_own_opponent_is_held_back() -> None:
    box = read_team_box(canonical("nba_team_box", {"team": "MIL", "opponent": "MIL"})).rows
    assert box.good.is_empty()
    assert "the team is its own opponent" in box.bad["violations"].to_list()[0]
