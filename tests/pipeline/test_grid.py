"""The grid of expected outputs."""

import polars as pl
import pytest

from propcast.backends.state.records import StepState
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.grid import GRID_STEPS, expected_grid, settle_cells
from propcast.pipeline.steps import WHOLE_DAY

DAY = GameDay.parse("2025-10-24")


def test_every_event_owes_every_step() -> None:
    grid = expected_grid(Sport.NBA, DAY, pl.DataFrame({"event_id": ["nba:2", "nba:1"]}))
    assert [(cell.step, cell.event_id) for cell in grid] == [(s, e) for s in GRID_STEPS for e in ("nba:1", "nba:2")]
    assert {cell.state for cell in grid} == {StepState.NOT_READY}


def test_a_day_without_events_is_empty_ok() -> None:
    grid = expected_grid(Sport.NBA, DAY, pl.DataFrame({"event_id": []}, schema={"event_id": pl.String}))
    assert {(cell.event_id, cell.state, cell.reason) for cell in grid} == {(WHOLE_DAY, StepState.EMPTY_OK, "no games")}


@pytest.mark.proves("L29")
@pytest.mark.parametrize(
    ("owed", "got", "state", "reason"),
    [
        (5, 5, StepState.DONE, ""),
        (0, 0, StepState.EMPTY_OK, "no quotes"),
        (5, 0, StepState.FAILED, "0 of 5 rows"),
        (5, 4, StepState.DEGRADED, "4 of 5 rows"),
        (5, 6, StepState.DEGRADED, "6 of 5 rows"),
    ],
)
def test_counts_decide_the_state_both_ways(owed: int, got: int, state: StepState, reason: str) -> None:
    """Nothing there is a failure, duplicates are not good coverage."""
    (cell,) = settle_cells(Sport.NBA, DAY, "predictions", {"nba:1": owed}, {"nba:1": got}, "no quotes")
    assert (cell.state, cell.reason, cell.expected, cell.actual) == (state, reason, owed, got)


def test_an_event_that_produced_nothing_is_still_in_the_grid() -> None:
    cells = settle_cells(Sport.NBA, DAY, "predictions", {"nba:1": 2, "nba:2": 3}, {"nba:1": 2}, "no quotes")
    assert [cell.state for cell in cells] == [StepState.DONE, StepState.FAILED]
