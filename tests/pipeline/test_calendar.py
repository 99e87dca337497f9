"""What kind of day it is: quiet days are told apart, and what nobody knows is unknown."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.calendar import DayKind, outlook, read_outlook
from propcast.tables.schema import INSTANT
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES, NOW

NOON = datetime(2026, 2, 11, 17, tzinfo=UTC)


def events(*days: str, sport: Sport = Sport.NBA, starts: datetime | None = None) -> pl.DataFrame:
    """One event on each day."""
    rows = [(f"{sport}:{n}", sport.value, date.fromisoformat(day), starts) for n, day in enumerate(days)]
    schema = {"event_id": pl.String(), "sport": pl.String(), "game_day": pl.Date(), "starts_at": INSTANT}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("day", "sport", "known", "kind"),
    [
        ("2026-02-11", Sport.NBA, ["2026-02-11"], DayKind.GAMES),
        ("2026-02-15", Sport.NBA, ["2026-02-12", "2026-02-19"], DayKind.NO_GAMES),
        ("2026-07-15", Sport.NBA, ["2026-06-20", "2026-10-20"], DayKind.OFF_SEASON),
        ("2026-07-15", Sport.NBA, ["2026-06-20"], DayKind.OFF_SEASON),
        ("2026-12-01", Sport.MLB, ["2026-10-30"], DayKind.OFF_SEASON),
        ("2026-02-15", Sport.NBA, ["2026-02-12"], DayKind.UNKNOWN),
        ("2026-06-01", Sport.MLB, ["2026-05-30"], DayKind.UNKNOWN),
        ("2026-07-15", Sport.NBA, [], DayKind.UNKNOWN),
        ("2026-10-19", Sport.NBA, ["2026-10-20"], DayKind.NO_GAMES),
        ("2026-08-19", Sport.NBA, ["2026-10-20"], DayKind.OFF_SEASON),
    ],
)
def test_a_day_without_games_is_told_apart_from_one_that_nobody_knows(
    day: str, sport: Sport, known: list[str], kind: DayKind
) -> None:
    assert outlook(events(*known, sport=sport), sport, GameDay.parse(day), NOON).kind is kind


def test_a_day_that_was_run_with_an_empty_schedule_has_no_games() -> None:
    day = GameDay.parse("2026-02-15")
    assert outlook(events("2026-02-12"), Sport.NBA, day, NOON, ran_empty=True).kind is DayKind.NO_GAMES


def test_the_neighbouring_game_days_are_named() -> None:
    found = outlook(events("2026-02-09", "2026-02-12", "2026-02-19", "2026-02-20"), Sport.NBA,
                    GameDay.parse("2026-02-15"), NOON)  # fmt: skip
    assert (str(found.last_day), str(found.next_day)) == ("2026-02-12", "2026-02-19")


def test_the_next_start_is_ahead_and_the_first_may_be_past() -> None:
    early, late = datetime(2026, 2, 11, 16, tzinfo=UTC), datetime(2026, 2, 12, 1, tzinfo=UTC)
    today = pl.concat([events("2026-02-11", starts=early), events("2026-02-11", starts=late)])
    found = outlook(today, Sport.NBA, GameDay.parse("2026-02-11"), NOON)
    assert (found.games, found.first_start, found.next_start) == (2, early, late)
    after = outlook(today, Sport.NBA, GameDay.parse("2026-02-11"), late)
    assert after.next_start is None


def test_games_of_the_other_sport_are_not_counted() -> None:
    found = outlook(events("2026-05-01", sport=Sport.MLB), Sport.NBA, GameDay.parse("2026-05-01"), NOON)
    assert found.games == 0


@pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)])
def test_a_stored_day_is_read(played_home: Backends, sport: Sport, day: GameDay) -> None:
    found = read_outlook(played_home, sport, day, NOW)
    assert found.kind is DayKind.GAMES
    assert found.games > 0
    assert not found.is_simulated


def test_a_day_that_ran_empty_is_read_as_such(graded_home: Backends) -> None:
    assert read_outlook(graded_home, Sport.NBA, NO_GAMES, NOW).kind is DayKind.NO_GAMES
