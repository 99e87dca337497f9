"""The grid of expected outputs, derived from the schedule, and what became of it."""

from collections.abc import Mapping

import polars as pl

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.steps import WHOLE_DAY

GRID_STEPS = ("features", "predictions", "grades")


def expected_grid(sport: Sport, day: GameDay, events: pl.DataFrame) -> list[ExpectedOutput]:
    """Return one cell per step and event of the day; a day without events owes one empty cell per step."""
    ids = sorted(events["event_id"].to_list()) or [WHOLE_DAY]
    state = StepState.NOT_READY if events.height else StepState.EMPTY_OK
    reason = "" if events.height else "no games"
    return [ExpectedOutput(sport, day, step, event, None, state, reason) for step in GRID_STEPS for event in ids]


def settle_cells(
    sport: Sport, day: GameDay, step: str, expected: Mapping[str, int], actual: Mapping[str, int], empty_reason: str
) -> tuple[ExpectedOutput, ...]:
    """Return each event's cell: done when counts agree, empty_ok when nothing was owed, failed when all is missing."""
    return tuple(
        _cell(ExpectedOutput(sport, day, step, event, owed, actual=actual.get(event, 0)), empty_reason)
        for event, owed in expected.items()
    )


def _cell(cell: ExpectedOutput, empty_reason: str) -> ExpectedOutput:
    owed, got = cell.expected or 0, cell.actual or 0
    if owed == got:
        state, reason = (StepState.DONE, "") if owed else (StepState.EMPTY_OK, empty_reason)
    elif got == 0:
        state, reason = StepState.FAILED, f"0 of {owed} rows"
    else:
        state, reason = StepState.DEGRADED, f"{got} of {owed} rows"
    return ExpectedOutput(cell.sport, cell.game_day, cell.step, cell.event_id, owed, state, reason, got)
