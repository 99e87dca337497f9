"""Offers → quotes: what stood, when, and what is held back."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from propcast.sources.history.parsed import ParsedFile
from propcast.sources.history.reading import read_history
from propcast.tables.reference import PLAYER_ALIASES
from tests.sources.samples import SEEN, START, Row, canonical

NO_ALIASES = PLAYER_ALIASES.empty()
POLLS = [datetime(2025, 7, 2, hour, tzinfo=UTC) for hour in (13, 15, 17, 19, 21)]


def read(name: str, *overrides: Row, **others: pl.DataFrame) -> ParsedFile:
    reading = read_history({**others, name: canonical(name, *overrides)}, NO_ALIASES)
    return next(parsed for parsed in reading.files if parsed.name == name)


def strikeouts(*overrides: Row) -> ParsedFile:
    return read("mlb_k_lines", *overrides)


def span(first: int, last: int, **changes: object) -> Row:
    return {"first_seen_ts": POLLS[first], "last_seen_ts": POLLS[last], **changes}


def test_a_snapshot_row_is_one_quote() -> None:
    row = read("nba_points_lines").rows.good.row(0, named=True)
    assert (row["event_id"], row["market"], row["subject"]) == ("nba:0022400901", "points", "nba:1")
    assert (row["book"], row["book_type"], row["line"]) == ("underdog", "dfs", 19.5)
    assert (row["over_price"], row["under_price"], row["is_alternate"], row["is_open"]) == (-115, -105, False, True)
    assert (row["observed_at"], row["starts_at"]) == (SEEN, START)


def test_the_market_comes_from_the_feeds_key() -> None:
    parsed = read("nba_other_lines", {}, {"market": "player_threes"}, {"market": "player_blocks", "line": 19.5})
    assert parsed.rows.good["market"].to_list() == ["rebounds", "threes"]
    assert parsed.quarantined == {"market is none of ours": 1}


@pytest.mark.proves("L38", "E5")
def test_an_in_play_quote_never_passes() -> None:
    flagged = {"pregame": False, "line": 20.5}
    late = {"snapshot_ts": START, "line": 21.5}
    parsed = read("nba_points_lines", {}, flagged, late)
    assert parsed.rows.good["line"].to_list() == [19.5]
    assert parsed.quarantined == {"observed at or after the start (in play)": 1, "pregame is false (in play)": 1}
    assert parsed.generated[0].good["poll_at"].to_list() == [SEEN]


@pytest.mark.parametrize(
    ("override", "violation"),
    [
        ({"line": 0.0}, "line is outside 0.5…60.5 of points"),
        ({"line": 61.5}, "line is outside 0.5…60.5 of points"),
        ({"line": 19.25}, "line is not a multiple of 0.5"),
        ({"over_price": 50.0}, "over_price is no American price"),
        ({"under_price": -110.5}, "a price is not a whole American price"),
        ({"over_price": float("nan")}, "a price is not a whole American price"),
        ({"over_price": None, "under_price": None}, "both prices are null"),
        ({"home_team": None}, "home_team or away_team is null: no game to map to"),
    ],
)
def test_an_impossible_quote_is_held_back_never_clipped(override: Row, violation: str) -> None:
    parsed = read("nba_points_lines", override)
    assert parsed.rows.good.is_empty()
    assert violation in parsed.quarantined


def test_a_low_line_or_a_round_one_is_a_line() -> None:
    assert read("nba_points_lines", {"line": 4.5}, {"line": 20.0}).rows.bad.is_empty()


def test_a_one_sided_quote_keeps_its_null() -> None:
    assert read("nba_points_lines", {"under_price": None}).rows.good["under_price"].to_list() == [None]


def test_a_quote_of_unknown_time_is_kept_without_a_poll() -> None:
    parsed = read("nba_points_lines", {"snapshot_ts": None})
    assert parsed.rows.good["observed_at"].to_list() == [None]
    assert parsed.generated[0].good.is_empty()


def test_conflicting_prices_of_one_offer_are_all_held_back_and_repetitions_merged() -> None:
    parsed = read("nba_points_lines", {}, {"over_price": -120.0}, {"player_id": 2}, {"player_id": 2})
    assert parsed.rows.good["subject"].to_list() == ["nba:2"]
    assert parsed.merged == 1
    assert parsed.quarantined == {"key (event_id, market, subject, book, line, observed_at) repeats": 2}


def test_a_poll_lists_the_books_that_had_a_quote_standing() -> None:
    polls = read("nba_points_lines", {"book": "draftkings"}, {"book": "Caesars"}, {"book": "Bovada", "line": 0.0})
    assert polls.generated[0].good["books_answered"].to_list() == [["draftkings", "williamhill_us"]]


def test_an_unresolved_name_is_held_and_queued() -> None:
    parsed = read("nba_points_lines", {}, {"player_id": None, "player_name": "I. Marsh"})
    assert parsed.quarantined == {"UNRESOLVED_NAME": 1}
    assert parsed.unresolved["raw_name"].to_list() == ["I. Marsh"]
    assert parsed.refusal is None


def test_a_name_is_resolved_by_the_rosters_of_the_event() -> None:
    before = canonical("nba_player_box", {"game_id": "0022400800", "game_date": date(2024, 11, 18)})
    parsed = read("nba_points_lines", {"player_id": None, "player_name": "Ívo Marsh Jr."}, nba_player_box=before)
    assert parsed.rows.good["subject"].to_list() == ["nba:1"]


def test_the_days_own_box_score_resolves_nothing() -> None:
    parsed = read("nba_points_lines", {"player_id": None}, nba_player_box=canonical("nba_player_box"))
    assert parsed.quarantined == {"UNRESOLVED_NAME": 1}


def test_an_exact_line_and_quote_id_survive_the_files_single_precision() -> None:
    good = read("nba_points_lines", {"line": 24.5}, {"line": 24.5, "book": "Bovada"}).rows.good
    assert good["line"].to_list() == [24.5, 24.5]
    assert good["quote_id"].n_unique() == 2


def test_pra_quotes_start_ten_minutes_after_the_leagues_time() -> None:
    schedule = canonical("nba_schedule")
    row = read("nba_pra_lines", nba_schedule=schedule).rows.good.row(0, named=True)
    assert (row["event_id"], row["market"]) == ("nba:0022400901", "points_rebounds_assists")
    assert row["starts_at"] == datetime(2024, 11, 21, 0, 40, tzinfo=UTC)
    assert (row["book"], row["is_alternate"]) == ("williamhill_us", None)


def test_pra_quotes_take_the_start_that_other_files_give_their_event() -> None:
    row = read("nba_pra_lines", nba_points_lines=canonical("nba_points_lines")).rows.good.row(0, named=True)
    assert (row["event_id"], row["starts_at"]) == ("nba:0022400901", START)


def test_pra_quotes_without_any_start_are_kept_without_one() -> None:
    assert read("nba_pra_lines").rows.good["starts_at"].to_list() == [None]


@pytest.mark.proves("L47")
def test_the_game_day_of_a_pra_quote_is_eastern_not_utc() -> None:
    utc_date = {"game_date": date(2023, 11, 18), "snapshot_ts": datetime(2023, 11, 18, 2, 25, tzinfo=UTC)}
    assert read("nba_pra_lines", utc_date).rows.good["game_day"].to_list() == [date(2023, 11, 17)]


def test_a_change_log_row_is_open_from_first_sight() -> None:
    row = strikeouts(span(1, 1)).rows.good.row(0, named=True)
    assert (row["observed_at"], row["is_open"], row["event_id"]) == (POLLS[1], True, "mlb:900001")


def test_an_offer_is_withdrawn_at_the_first_poll_that_misses_it() -> None:
    """The polls of a day are those of all its events."""
    elsewhere = span(0, 3, event_id="m2", pitcher_id=502, game_pk=900002)
    closed = strikeouts(span(1, 2), elsewhere).generated[0].good
    rows = closed.select("subject", "observed_at", "is_open", "over_price").rows()
    assert rows == [("mlb:501", POLLS[3], False, 110)]


def test_a_price_change_is_no_withdrawal() -> None:
    closed = strikeouts(span(0, 1), span(2, 4, over_price=120)).generated[0].good
    assert closed.is_empty()


def test_an_offer_that_came_back_was_withdrawn_in_between() -> None:
    other = span(1, 4, pitcher_id=502)
    closed = strikeouts(span(0, 0), span(2, 4), other).generated[0].good
    assert closed["observed_at"].to_list() == [POLLS[1]]


def test_nothing_is_withdrawn_after_the_start() -> None:
    late = span(4, 4, event_id="m2", pitcher_id=502, game_pk=900002)
    early_start = span(0, 3, commence_time=POLLS[4])
    closed = strikeouts(early_start, late).generated[0]
    assert closed.good.is_empty()
    assert closed.bad.is_empty()


def test_withdrawals_of_an_unresolved_name_are_held_with_it() -> None:
    parsed = strikeouts(span(0, 0, pitcher_id=None), span(0, 2, pitcher_id=502))
    assert parsed.generated[0].good.is_empty()
    assert parsed.generated[0].bad["violations"].to_list() == [["UNRESOLVED_NAME"]]
    assert parsed.rows.bad.height == 1


def test_a_poll_of_a_change_log_lists_what_stood_then() -> None:
    polls = strikeouts(span(0, 2), span(1, 3, book="Bovada")).generated[1].good.sort("poll_at")
    assert polls["books_answered"].to_list() == [["betmgm"], ["betmgm", "bovada"], ["betmgm", "bovada"], ["bovada"]]


def test_a_span_that_ends_before_it_begins_is_a_row_fault() -> None:
    assert strikeouts(span(2, 1)).quarantined == {"last_seen_ts is before first_seen_ts": 1}


@pytest.mark.proves("L35")
def test_outcomes_in_a_line_file_change_no_row() -> None:
    """Nullness of the game's number tells who played: it may map the event, and nothing else."""
    known = span(0, 1), span(0, 1, pitcher_id=502)
    blanked = span(0, 1), span(0, 1, pitcher_id=502, game_pk=None)
    assert strikeouts(*known).rows.good.equals(strikeouts(*blanked).rows.good)


def test_row_order_changes_nothing() -> None:
    rows = [span(i % 3, 3, line=4.5 + i, book=book) for i in range(4) for book in ("Bovada", "BetMGM")]
    one, other = strikeouts(*rows), strikeouts(*reversed(rows))
    for left, right in zip([one.rows, *one.generated], [other.rows, *other.generated], strict=True):
        assert left.good.sort(left.table.key).equals(right.good.sort(right.table.key))
