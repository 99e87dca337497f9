"""A vendor's event is one of our games, or our own event that nobody played."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from propcast.sources.history.games import games_of_teams, known_games, no_games
from propcast.sources.history.vendor_events import event_states, map_events, sightings
from tests.sources.samples import DAY, SEEN, START

NO_GAMES = no_games()


def seen(*events: dict[str, Any]) -> pl.DataFrame:
    plain = {
        "sport": "nba", "vendor_event_id": "v1", "season": "2024-25", "home": "AAA", "away": "BBB", "game_day": DAY,
        "native_id": None, "commence_time": START, "observed_at": SEEN, "source": "s",
    }  # fmt: skip
    rows = [{**plain, **event} for event in events]
    return pl.concat([sightings([]), pl.DataFrame(rows, schema=sightings([]).schema)])


def game(event_id: str, *, start: datetime | None = None, is_home: bool = True, day: date = DAY) -> pl.DataFrame:
    side = {"event_id": event_id, "team": "AAA", "opponent": "BBB", "is_home": is_home, "game_day": day}
    other = side | {"team": "BBB", "opponent": "AAA", "is_home": False}
    games = games_of_teams("nba", pl.DataFrame([side, other]))
    return games.with_columns(pl.lit(start, games.schema["starts_at"]).alias("starts_at"))


def mapped(sight: pl.DataFrame, *games: pl.DataFrame) -> dict[str, str]:
    events = map_events(sight, known_games(list(games)))
    return dict(events.select("vendor_event_id", "event_id").rows())


def test_the_games_own_number_decides() -> None:
    assert mapped(seen({}, {"native_id": "g9"}), game("nba:g1")) == {"v1": "nba:g9"}


def test_within_a_doubleheader_the_number_stated_last_decides() -> None:
    early = {"native_id": "g1", "observed_at": SEEN - timedelta(hours=3)}
    assert mapped(seen({"native_id": "g2"}, early)) == {"v1": "nba:g2"}


def test_home_away_and_day_decide_where_there_is_no_number() -> None:
    assert mapped(seen({}), game("nba:g1"), game("nba:g2", day=DAY + timedelta(days=1))) == {"v1": "nba:g1"}


def test_teams_alone_never_decide() -> None:
    """The same two teams meet in the same arena on consecutive days."""
    assert mapped(seen({}), game("nba:g2", day=DAY + timedelta(days=1))) == {"v1": "nba:odds:v1"}


def test_a_neutral_game_matches_in_either_order_of_teams() -> None:
    neutral = game("nba:g1", is_home=False)
    assert mapped(seen({}), neutral) == {"v1": "nba:g1"}
    assert mapped(seen({"home": "BBB", "away": "AAA"}), neutral) == {"v1": "nba:g1"}
    assert mapped(seen({"home": "BBB", "away": "AAA"}), game("nba:g1")) == {"v1": "nba:odds:v1"}


def test_a_game_that_another_event_has_by_number_is_taken() -> None:
    sight = seen({"vendor_event_id": "v2", "native_id": "g1"}, {})
    assert mapped(sight, game("nba:g1")) == {"v2": "nba:g1", "v1": "nba:odds:v1"}


def test_among_several_games_the_nearest_start_within_three_hours_decides() -> None:
    near = game("nba:g1", start=START + timedelta(hours=1))
    far = game("nba:g2", start=START - timedelta(hours=2))
    assert mapped(seen({}), near, far) == {"v1": "nba:g1"}
    assert mapped(seen({"commence_time": None}), near, far) == {"v1": "nba:odds:v1"}
    assert mapped(seen({"commence_time": START + timedelta(hours=9)}), near, far) == {"v1": "nba:odds:v1"}


def test_two_events_never_share_a_game_that_neither_has_by_number() -> None:
    late = {"vendor_event_id": "v2", "commence_time": START + timedelta(hours=2)}
    assert mapped(seen({}, late), game("nba:g1", start=START)) == {"v1": "nba:g1", "v2": "nba:odds:v2"}


def test_an_event_that_no_game_matches_is_our_own() -> None:
    assert mapped(seen({}), NO_GAMES) == {"v1": "nba:odds:v1"}


def test_each_change_of_the_start_is_a_state_known_when_it_was_seen() -> None:
    moved, repeated = START + timedelta(minutes=30), SEEN + timedelta(hours=1)
    sight = seen({}, {"observed_at": repeated}, {"observed_at": SEEN + timedelta(hours=2), "commence_time": moved})
    states = event_states(sight, map_events(sight, NO_GAMES))
    assert [frame.select("starts_at", "observed_at").rows() for frame in states] == [
        [(START, SEEN)],
        [(moved, SEEN + timedelta(hours=2))],
    ]


def test_an_event_of_unknown_time_or_start_has_one_state() -> None:
    undated = seen({"observed_at": None}, {"vendor_event_id": "v2", "commence_time": None})
    (only,) = event_states(undated, map_events(undated, NO_GAMES))
    rows = only.sort("vendor_event_id").select("vendor_event_id", "starts_at", "observed_at").rows()
    assert rows == [("v1", START, None), ("v2", None, SEEN)]


def test_an_event_without_teams_is_no_vendor_event() -> None:
    sight = seen({"home": None, "away": None})
    assert event_states(sight, map_events(sight, NO_GAMES)) == []


@pytest.mark.proves("L22")
def test_order_of_sightings_changes_nothing() -> None:
    sight = seen(
        *({"native_id": f"g{i % 2}", "observed_at": SEEN, "vendor_event_id": f"v{i % 3}"} for i in range(9)),
        {"observed_at": datetime(2024, 11, 20, 22, tzinfo=UTC), "native_id": "g5"},
    )
    games = known_games([game("nba:g0")])
    one, other = map_events(sight, games), map_events(sight.reverse(), games)
    assert one.sort("vendor_event_id").equals(other.sort("vendor_event_id"))
