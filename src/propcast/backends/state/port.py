"""The port that every state store implements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport


class StepState(StrEnum):
    """How an expected output stands."""

    DONE = "done"
    NOT_READY = "not_ready"
    EMPTY_OK = "empty_ok"
    FAILED = "failed"
    DEGRADED = "degraded"


@dataclass(frozen=True)
class Run:
    """One attempt of one step; written when it opens, closed by the same id."""

    run_id: str
    step: str
    sport: Sport
    game_day: GameDay | None
    opened_at: datetime
    inputs: dict[str, str] = field(default_factory=dict)
    closed_at: datetime | None = None
    outcome: StepState | None = None
    reason: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True)
class ExpectedOutput:
    """One cell of the grid: what a step owes for one event (or the whole day), derived from the schedule."""

    sport: Sport
    game_day: GameDay
    step: str
    event_id: str
    expected: int | None = None
    state: StepState = StepState.NOT_READY
    reason: str = ""
    actual: int | None = None


@dataclass(frozen=True)
class CurrentSlate:
    """The pointer that readers follow: the batch that is the current slate of a sport and game day."""

    sport: Sport
    game_day: GameDay
    batch_id: str
    published_at: datetime
    counts: dict[str, int] = field(default_factory=dict)


class State(Protocol):
    """Small rows in transactions."""

    def open_run(self, run: Run) -> None:
        """Record that an attempt has started; `StoreConflict` when the id is taken."""
        ...

    def close_run(
        self, run_id: str, *, closed_at: datetime, outcome: StepState, reason: str = "", counts: dict[str, int]
    ) -> None:
        """Close an open attempt; `StoreConflict` when it is unknown or already closed."""
        ...

    def runs(
        self, sport: Sport | None = None, game_day: GameDay | None = None, step: str | None = None, limit: int = 100
    ) -> list[Run]:
        """Return attempts, newest first; None filters nothing."""
        ...

    def expect(self, outputs: Sequence[ExpectedOutput]) -> None:
        """Declare cells of the grid; a cell that exists keeps its state, its expected number is updated."""
        ...

    def mark(self, outputs: Sequence[ExpectedOutput]) -> None:
        """Set state, reason and actual number of cells, in one transaction; an undeclared cell is added."""
        ...

    def expected(self, sport: Sport, game_day: GameDay) -> list[ExpectedOutput]:
        """Return the grid of one game day."""
        ...

    def publish(self, slate: CurrentSlate) -> bool:
        """Flip the current pointer and put one `slate-published` row in the outbox, in one transaction.

        Returns False, and changes nothing, when that batch is current already.
        """
        ...

    def current(self, sport: Sport, game_day: GameDay) -> CurrentSlate | None:
        """Return the current slate, or None when nothing was published."""
        ...

    def current_between(self, sport: Sport, first: GameDay, last: GameDay) -> list[CurrentSlate]:
        """Return the current slates of a span of game days, oldest first."""
        ...
