"""The game day: an Eastern date, whatever the clock of the reader says."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import InputError
from propcast.core.gameday import EASTERN, GameDay, nba_season, previous_season, season_bounds
from propcast.core.sport import Sport

EIGHT = pytest.mark.proves("E8", "L47")


@EIGHT
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2025, 1, 7, 4, 59, 59, tzinfo=UTC), date(2025, 1, 6)),  # one second before midnight ET
        (datetime(2025, 1, 7, 5, 0, tzinfo=UTC), date(2025, 1, 7)),  # midnight ET in winter
        (datetime(2025, 7, 3, 3, 59, 59, tzinfo=UTC), date(2025, 7, 2)),
        (datetime(2025, 7, 3, 4, 0, tzinfo=UTC), date(2025, 7, 3)),  # midnight ET in summer
        (datetime(2025, 1, 7, 6, 10, tzinfo=UTC), date(2025, 1, 7)),  # 22:10 PT is already the next Eastern date
        (datetime(2025, 11, 2, 5, 30, tzinfo=UTC), date(2025, 11, 2)),  # 01:30 EDT, the first of two
        (datetime(2025, 11, 2, 6, 30, tzinfo=UTC), date(2025, 11, 2)),  # 01:30 EST, the second
        (datetime(2025, 11, 2, 3, 59, tzinfo=UTC), date(2025, 11, 1)),
        (datetime(2025, 11, 3, 4, 59, tzinfo=UTC), date(2025, 11, 2)),  # after the switch midnight is 05:00 UTC
        (datetime(2025, 3, 9, 7, 30, tzinfo=UTC), date(2025, 3, 9)),  # 02:30 does not exist that night: 03:30 EDT
        (datetime(2025, 3, 9, 4, 59, tzinfo=UTC), date(2025, 3, 8)),
        (datetime(2025, 3, 10, 3, 59, tzinfo=UTC), date(2025, 3, 9)),  # after the switch midnight is 04:00 UTC
    ],
)
def test_an_instant_belongs_to_its_eastern_date(instant: datetime, day: date) -> None:
    assert GameDay.of_instant(instant).date == day


@EIGHT
@given(minute=st.integers(0, 10 * 366 * 24 * 60), hours=st.integers(-12, 14))
def test_the_zone_in_which_an_instant_is_written_changes_nothing(minute: int, hours: int) -> None:
    utc = datetime(2017, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    assert GameDay.of_instant(utc) == GameDay.of_instant(utc.astimezone(timezone(timedelta(hours=hours))))
    assert GameDay.of_instant(utc).date == utc.astimezone(EASTERN).date()


@EIGHT
@given(day=st.dates(date(2017, 1, 1), date(2027, 1, 1)))
def test_an_evening_game_keeps_its_date_on_every_day_of_the_year(day: date) -> None:
    tip = datetime(day.year, day.month, day.day, 22, 30, tzinfo=EASTERN)
    assert GameDay.of_instant(tip.astimezone(UTC)).date == day


@EIGHT
def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(InputError, match="has no zone"):
        GameDay.of_instant(datetime(2025, 1, 6, 20, 0))  # noqa: DTZ001 - the point of the test


@EIGHT
def test_yesterday_is_a_calendar_day_across_both_switches() -> None:
    assert GameDay.parse("2025-11-03").plus(-1) == GameDay.parse("2025-11-02")
    assert GameDay.parse("2025-03-09").plus(1) == GameDay.parse("2025-03-10")
    assert GameDay.parse("2024-02-28").plus(1) == GameDay.parse("2024-02-29")


def test_days_are_ordered_and_print_as_they_are_read() -> None:
    days = [GameDay.parse(text) for text in ("2025-10-24", "2024-12-23")]
    assert str(min(days)) == "2024-12-23"
    assert days[0].at_utc(16) == datetime(2025, 10, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["24.10.2025", "2025-13-01", "today", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write it as YYYY-MM-DD"):
        GameDay.parse(text)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        ("2024-10-22", "2024-25"),
        ("2025-06-22", "2024-25"),
        ("2025-08-01", "2025-26"),
        ("2020-10-11", "2019-20"),
        ("2020-12-22", "2020-21"),
        ("1999-11-01", "1999-00"),
    ],
)
def test_an_nba_day_belongs_to_a_season(day: str, season: str) -> None:
    assert GameDay.parse(day).season(Sport.NBA) == season


def test_an_mlb_season_is_the_year() -> None:
    assert GameDay.parse("2025-03-27").season(Sport.MLB) == "2025"


@given(day=st.dates(date(2017, 8, 1), date(2027, 1, 1)), sport=st.sampled_from(Sport))
def test_the_bounds_of_a_season_hold_all_of_its_days(day: date, sport: Sport) -> None:
    today = GameDay(day)
    first, last = season_bounds(sport, today.season(sport))
    assert first <= today <= last
    assert first.season(sport) == last.season(sport) == today.season(sport)


def test_seasons_before_this_one() -> None:
    assert previous_season("2024-25") == "2023-24"
    assert previous_season("2000-01", back=2) == "1998-99"
    assert previous_season("2025") == "2024"
    assert nba_season(1999) == "1999-00"
