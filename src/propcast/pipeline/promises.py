"""What is owed by when: the instants at which the cells of the grid fall due, and those of them that are missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.core.gameday import GameDay
from propcast.pipeline.standing import forecasts_due, grades_due

FEATURES, FORECASTS, GRADES = "features", "predictions", "grades"
"""Steps of the grid."""
GRACE = timedelta(minutes=30)
"""An output is overdue so long after it was due."""
DUE, OVERDUE = "due", "overdue"
"""Beside the states of cells: those of any watched day that are missing, and those whose grace is over, too."""
WATCHED_DAYS = 14
"""What is older is history: whoever runs one of its days today owes nobody its grades."""

Starts = Mapping[str, datetime | None]
"""The starts of the games that are to be played, by event; one that was called off is not among them."""

_MISSING = (StepState.NOT_READY, StepState.FAILED)


@dataclass(frozen=True)
class Promise:
    """One cell of a game, and when it is owed."""

    cell: ExpectedOutput
    due_at: datetime

    @property
    def is_kept(self) -> bool:
        """Whether there is anything of it."""
        return self.cell.state not in _MISSING

    def is_missing(self, now: datetime) -> bool:
        """Whether there should be something of it by then, and is nothing."""
        return not self.is_kept and now > self.due_at


def promises(cells: Iterable[ExpectedOutput], starts: Starts) -> list[Promise]:
    """Return what is owed of games; a day without games owes nothing, and neither does what turned out to be empty."""
    owed = (cell for cell in cells if cell.event_id in starts and cell.state is not StepState.EMPTY_OK)
    return [Promise(cell, _due(cell.game_day, cell.step, starts[cell.event_id])) for cell in owed]


def minutes_to_next(starts: Sequence[datetime | None], now: datetime) -> float:
    """Return the minutes until the next of some games begins; infinity when none is to come."""
    ahead = [start for start in starts if start is not None and start > now]
    return (min(ahead) - now).total_seconds() / 60 if ahead else float("inf")


def _due(day: GameDay, step: str, starts_at: datetime | None) -> datetime:
    return grades_due(day) if step == GRADES else forecasts_due(day, starts_at)
