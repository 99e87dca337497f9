"""A timetable and a calendar make the moments of a day."""

from datetime import timedelta

import pytest

from propcast.pipeline.calendar import DayKind
from propcast.pipeline.scheduling.timetable import timetable
from tests.pipeline.scheduling.calendars import Game, plan, times, utc

EVENING: list[Game] = [("2026-01-15", "2026-01-16T00:10"), ("2026-01-15", "2026-01-16T03:42")]


def test_moments_are_times_of_the_day_and_times_before_each_start() -> None:
    assert times(plan(EVENING, "2026-01-15")) == [
        ("morning", "2026-01-15T11:00"),
        ("lines", "2026-01-15T15:00"),
        ("near", "2026-01-15T23:40"),
        ("near", "2026-01-16T03:10"),  # on the grid
    ]


@pytest.mark.proves("L47")
@pytest.mark.parametrize(
    ("day", "morning"),
    [
        ("2026-03-07", "2026-03-07T11:00"),
        ("2026-03-08", "2026-03-08T10:00"),  # clocks go forward at 02:00
        ("2026-10-31", "2026-10-31T10:00"),
        ("2026-11-01", "2026-11-01T11:00"),  # clocks go back at 02:00
    ],
)
def test_times_of_the_day_are_eastern_in_summer_and_in_winter(day: str, morning: str) -> None:
    assert times(plan([], day)) == [("morning", morning)]


@pytest.mark.proves("L47")
@pytest.mark.parametrize(("day", "start"), [("2026-03-08", "2026-03-08T17:00"), ("2026-11-01", "2026-11-01T18:00")])
def test_times_before_a_start_are_real_time_on_days_when_clocks_change(day: str, start: str) -> None:
    found = plan([(day, start)], day, timetable())
    six_hours_before = next(m.at for m in found.moments if m.name == "six hours before")
    assert utc(start) - six_hours_before == timedelta(hours=6)
    assert [m.at for m in found.moments] == sorted(m.at for m in found.moments)


def test_a_day_without_games_is_a_plan_of_its_own() -> None:
    found = plan([("2026-02-12", "2026-02-13T00:00"), ("2026-02-20", "2026-02-21T00:00")], "2026-02-16")
    assert (found.outlook.kind, times(found)) == (DayKind.NO_GAMES, [("morning", "2026-02-16T11:00")])
    assert found.sentence == "no games; the next are on 2026-02-20"


def test_the_off_season_is_a_plan_of_its_own() -> None:
    found = plan([("2026-06-14", "2026-06-15T00:30"), ("2026-10-20", "2026-10-20T23:30")], "2026-08-01")
    assert (found.outlook.kind, len(found.moments)) == (DayKind.OFF_SEASON, 1)
    assert found.sentence == "off-season; the next are on 2026-10-20"


def test_the_day_after_games_looks_at_their_corrections() -> None:
    assert times(plan(EVENING, "2026-01-16")) == [("morning", "2026-01-16T11:00"), ("after games", "2026-01-16T14:00")]


def test_games_that_start_together_share_a_moment_of_use_until_the_last_start() -> None:
    starts = ["2026-01-16T00:00", "2026-01-16T00:03", "2026-01-16T03:00"]
    found = [m for m in plan([("2026-01-15", start) for start in starts], "2026-01-15").moments if m.name == "near"]
    assert len(found) == 2
    assert {m.until for m in found} == {utc("2026-01-16T03:00")}


def test_moments_of_two_lines_that_fall_together_are_one() -> None:
    found = plan([("2026-01-15", "2026-01-15T15:30")], "2026-01-15")
    assert times(found)[-1] == ("lines, near", "2026-01-15T15:00")


def test_a_game_without_a_start_and_one_that_was_called_off_plan_nothing() -> None:
    assert len(times(plan([("2026-01-15", None)], "2026-01-15"))) == 2


def test_the_order_of_the_games_changes_nothing() -> None:
    games = [("2026-01-15", f"2026-01-16T0{hour}:{minute}") for hour in range(4) for minute in ("00", "10", "30")]
    assert plan(games[::-1], "2026-01-15") == plan(games, "2026-01-15")


def test_the_real_timetable_forecasts_well_before_every_start() -> None:
    """Forecasts are owed 60 minutes before the start."""
    found = plan(EVENING, "2026-01-15", timetable())
    for start in (utc("2026-01-16T00:10"), utc("2026-01-16T03:42")):
        assert any(start - timedelta(hours=6) <= m.at <= start - timedelta(minutes=90) for m in found.moments)
