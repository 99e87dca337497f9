"""E8: around midnight and both clock changes a game keeps its Eastern day, and the day before stays the day before."""

from calendar import SUNDAY, Calendar
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from propcast.analytics.windows import cutoff_day
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.sources.history.instants import eastern_day
from propcast.sources.history.offers import pra_offers
from propcast.tables.analytics import EVENTS
from propcast.tables.raw import RAW_QUOTES
from tests.leaks.worlds import World
from tests.sources import samples

EIGHT = pytest.mark.proves("E8", "L47")


def clock_changes(year: int) -> tuple[datetime, datetime]:
    """The instants of both changes: 02:00 local on the second Sunday of March and the first of November."""
    march, november = (
        [day for day in Calendar().itermonthdates(year, month) if day.month == month and day.weekday() == SUNDAY]
        for month in (3, 11)
    )
    spring, autumn = march[1], november[0]
    return (
        datetime(spring.year, spring.month, spring.day, 7, tzinfo=UTC),
        datetime(autumn.year, autumn.month, autumn.day, 6, tzinfo=UTC),
    )


def eastern_date(instant: datetime) -> date:
    """The Eastern date by the law that has stood since 2007, without any zone database."""
    spring, autumn = clock_changes(instant.year)
    hours = 4 if spring <= instant < autumn else 5
    return (instant - timedelta(hours=hours)).date()


def midnights(year: int) -> list[datetime]:
    """Eastern midnights in winter and summer, and those beside both changes."""
    changes = [
        change + timedelta(days=n, hours=h) for change in clock_changes(year) for n in (0, 1) for h in (-3, -2, -1, 0)
    ]
    return [*changes, datetime(year, 1, 7, 5, tzinfo=UTC), datetime(year, 7, 3, 4, tzinfo=UTC)]


AWKWARD = st.builds(
    lambda instant, seconds: instant + timedelta(seconds=seconds),
    st.integers(2017, 2030).flatmap(lambda year: st.sampled_from([*midnights(year), *clock_changes(year)])),
    st.integers(-2 * 3600, 2 * 3600),
)
HALF_PAST_ONE_TWICE = [datetime(2025, 11, 2, hour, 30, tzinfo=UTC) for hour in (5, 6)]
HALF_PAST_TWO_NEVER = datetime(2025, 3, 9, 7, 30, tzinfo=UTC)


@EIGHT
@given(instant=AWKWARD)
@example(instant=HALF_PAST_ONE_TWICE[0])
@example(instant=HALF_PAST_ONE_TWICE[1])
@example(instant=HALF_PAST_TWO_NEVER)
@example(instant=datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC))
def test_one_instant_has_one_eastern_day_however_it_is_computed(instant: datetime) -> None:
    """The type, the column expression and the day of an imported quote agree with the law."""
    expected = eastern_date(instant)
    column = pl.Series("at", [instant], pl.Datetime("us", "UTC")).to_frame().select(eastern_day(pl.col("at")))
    quote = pra_offers(samples.canonical("nba_pra_lines", {"snapshot_ts": instant, "game_date": instant.date()}))
    assert GameDay.of_instant(instant).date == expected
    assert column.item() == expected
    assert quote["game_day"].item() == expected


@EIGHT
@given(day=st.dates(date(2017, 1, 1), date(2030, 12, 31)), minutes=st.integers(0, 24 * 60 - 1))
def test_the_last_day_that_counts_is_over_and_known(day: date, minutes: int) -> None:
    """Whenever a slate is built on its Eastern day: its own games never count, yesterday's once they are known."""
    opens = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    as_of = opens + timedelta(minutes=minutes)
    contexts = pl.DataFrame({"game_day": [day], "as_of": [as_of]}, schema_overrides={"as_of": pl.Datetime("us", "UTC")})
    last = contexts.select(cutoff_day()).item()
    known = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    assert last == day - timedelta(days=1 if as_of >= known else 2)


@EIGHT
@pytest.mark.parametrize("sport", list(Sport))
def test_quotes_and_events_stand_under_the_eastern_day_of_their_start(world: World, sport: Sport) -> None:
    """Late games are the next day in UTC; none has moved. A game that was put off keeps the day it was quoted for."""
    where = [In("sport", (sport,))]
    for table in (RAW_QUOTES, EVENTS):
        rows = world.backends.warehouse.read(table, where, columns=["game_day", "starts_at"]).drop_nulls().unique()
        moved = [start for day, start in rows.iter_rows() if eastern_date(start) != day]
        late = [start for day, start in rows.iter_rows() if start.date() != day]
        assert len(late) > 5 or sport is Sport.MLB  # the league of baseball plays in the afternoon
        assert len(moved) <= 0.01 * rows.height
