"""Every game that was played or quoted becomes one event."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from propcast.analytics.mlb.events import mlb_events
from propcast.tables.analytics import EVENTS
from propcast.tables.contract import split
from propcast.tables.raw import RAW_MLB_PITCHER_GAME, RAW_VENDOR_EVENTS
from tests.league import mlb
from tests.league.mlb import mlb_league


def league_events() -> pl.DataFrame:
    return mlb_events(mlb_league().pitcher_games, mlb_league().vendor_events)


def vendor_event(event: str, day: date, hour: int, seen: int = 1) -> dict[str, object]:
    return {
        "sport": "mlb", "vendor": "v", "vendor_event_id": f"{event}-{seen}", "event_id": event, "season": "2025",
        "home": "ASH", "away": "BAY", "game_day": day,
        "starts_at": datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        "observed_at": datetime(2025, 1, seen, tzinfo=UTC), "source": "v",
    }  # fmt: skip


def of(events: pl.DataFrame, event: str) -> dict[str, object]:
    return events.row(by_predicate=pl.col("event_id") == event, named=True)


def test_events_obey_their_table() -> None:
    assert split(EVENTS, league_events()).bad.is_empty()


def test_events_are_games_and_quoted_events() -> None:
    league = mlb_league()
    expected = set(league.pitcher_games["event_id"]) | set(league.vendor_events["event_id"])
    assert league_events()["event_id"].to_list() == sorted(expected)


def test_a_quoted_game_that_was_never_played_is_unplayed_once_later_results_are_in() -> None:
    assert of(league_events(), mlb.POSTPONED)["status"] == "unplayed"


def test_a_quoted_game_after_the_newest_result_is_scheduled() -> None:
    vendor = pl.DataFrame([vendor_event("mlb:next", date(2025, 8, 1), 23)], schema=RAW_VENDOR_EVENTS.schema)
    assert of(mlb_events(mlb_league().pitcher_games, vendor), "mlb:next")["status"] == "scheduled"


def test_the_start_is_the_last_one_the_vendor_named() -> None:
    day = date(2025, 8, 1)
    rows = [vendor_event("mlb:a", day, 20, seen=2), vendor_event("mlb:a", day, 18, seen=1)]
    events = mlb_events(RAW_MLB_PITCHER_GAME.empty(), pl.DataFrame(rows, schema=RAW_VENDOR_EVENTS.schema))
    assert of(events, "mlb:a")["starts_at"] == datetime(2025, 8, 1, 20, tzinfo=UTC)


def test_the_games_of_a_doubleheader_are_numbered_by_their_start() -> None:
    events = league_events().filter(pl.col("event_id").str.contains("-first|-second"))
    assert events.sort("starts_at")["game_number"].to_list() == [1, 2]
    assert set(events["home"]) | set(events["away"]) == {"ASH", "BAY"}
    assert league_events()["game_number"].sum() == league_events().height + 1


@pytest.mark.parametrize(("day", "kind"), [(date(2025, 9, 29), "regular"), (date(2025, 9, 30), "playoffs")])
def test_an_event_known_from_quotes_alone_is_a_playoff_game_from_30_september(day: date, kind: str) -> None:
    vendor = pl.DataFrame([vendor_event("mlb:late", day, 23)], schema=RAW_VENDOR_EVENTS.schema)
    assert of(mlb_events(RAW_MLB_PITCHER_GAME.empty(), vendor), "mlb:late")["season_type"] == kind


def test_an_unknown_side_falls_back_to_the_vendor_then_to_the_alphabet() -> None:
    unsided = mlb_league().pitcher_games.head(2).with_columns(is_home=pl.lit(None, pl.Boolean()))
    event, first = unsided["event_id"][0], unsided.row(0, named=True)
    alone = of(mlb_events(unsided, RAW_VENDOR_EVENTS.empty()), event)
    assert (alone["home"], alone["away"]) == tuple(sorted([first["team"], first["opponent"]]))


def test_other_sports_events_stay_out() -> None:
    nba = mlb_league().vendor_events.with_columns(sport=pl.lit("nba"))
    assert mlb_events(RAW_MLB_PITCHER_GAME.empty(), nba).is_empty()
