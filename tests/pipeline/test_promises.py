"""What is owed falls due by the wall clock of the league, whatever the clocks do, and only what is missing is told."""

from datetime import UTC, datetime, timedelta

import pytest

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.promises import FORECASTS, GRADES, minutes_to_next, promises

DAY = GameDay.parse("2026-03-07")  # the clocks go forward in the night after it
START = datetime(2026, 3, 8, 0, 30, tzinfo=UTC)


def cell(step: str, state: StepState, event: str = "a", day: GameDay = DAY) -> ExpectedOutput:
    return ExpectedOutput(Sport.NBA, day, step, event, state=state)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-03-06", datetime(2026, 3, 7, 15, tzinfo=UTC)),
        ("2026-03-07", datetime(2026, 3, 8, 14, tzinfo=UTC)),
        ("2026-10-31", datetime(2026, 11, 1, 15, tzinfo=UTC)),
        ("2026-10-30", datetime(2026, 10, 31, 14, tzinfo=UTC)),
    ],
)
def test_grades_are_due_at_ten_eastern_on_both_sides_of_a_clock_change(day: str, due: datetime) -> None:
    (owed,) = promises([cell(GRADES, StepState.NOT_READY, day=GameDay.parse(day))], {"a": None})
    assert owed.due_at == due


def test_forecasts_are_due_an_hour_before_the_start() -> None:
    (owed,) = promises([cell(FORECASTS, StepState.NOT_READY)], {"a": START})
    assert owed.due_at == START - timedelta(hours=1)
    assert not owed.is_missing(owed.due_at)
    assert owed.is_missing(owed.due_at + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("state", "missing"),
    [(StepState.NOT_READY, True), (StepState.FAILED, True), (StepState.DONE, False), (StepState.DEGRADED, False)],
)
def test_only_what_is_not_there_is_missing(state: StepState, missing: bool) -> None:
    (owed,) = promises([cell(FORECASTS, state)], {"a": START})
    assert owed.is_missing(START) is missing


def test_what_is_empty_and_games_that_were_called_off_owe_nothing() -> None:
    cells = [cell(FORECASTS, StepState.EMPTY_OK), cell(FORECASTS, StepState.NOT_READY, "called off")]
    assert promises(cells, {"a": START}) == []


def test_the_next_start_is_that_of_a_game_to_come() -> None:
    starts = [None, START - timedelta(minutes=30), START + timedelta(minutes=90)]
    assert minutes_to_next(starts, START) == 90
    assert minutes_to_next(starts[:2], START) == float("inf")
