"""The records of the ledger, and the documents that hold them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from propcast.backends.state.keys import compound
from propcast.backends.state.port import Body, Collection
from propcast.core.gameday import GameDay
from propcast.core.instants import instant_of, text_of
from propcast.core.sport import Sport

RUNS = Collection("runs", ("sport", "game_day", "step", "recency"))
EXPECTED_OUTPUTS = Collection("expected_outputs", ("sport", "game_day"))
CURRENT_SLATES = Collection("current_slates", ("sport", "game_day"))


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

    @property
    def key(self) -> str:
        """The key of the cell's document."""
        return compound(self.sport, str(self.game_day), self.step, self.event_id)


@dataclass(frozen=True)
class CurrentSlate:
    """The pointer that readers follow: the batch that is the current slate of a sport and game day.

    `amendment` counts the commits of one batch: late shards are published under the same id, one number up.
    `publication` tags the rows in the tables when it is not the batch itself: every commit has rows of its own.
    """

    sport: Sport
    game_day: GameDay
    batch_id: str
    published_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    amendment: int = 0
    publication: str = ""

    @property
    def tag(self) -> str:
        """Value of `batch_id` in the slate's rows of predictions and decisions."""
        return self.publication or self.batch_id


def slate_key(sport: Sport, game_day: GameDay) -> str:
    """Return the key of a pointer's document."""
    return compound(sport, str(game_day))


def run_body(run: Run, order: str) -> Body:
    """Return the document of a run; `order` tells apart runs that opened at one instant."""
    return {
        "run_id": run.run_id,
        "step": run.step,
        "sport": run.sport.value,
        "game_day": None if run.game_day is None else str(run.game_day),
        "opened_at": text_of(run.opened_at),
        "recency": f"{text_of(run.opened_at)} {order}",
        "inputs": {**run.inputs},
        "closed_at": None if run.closed_at is None else text_of(run.closed_at),
        "outcome": None if run.outcome is None else run.outcome.value,
        "reason": run.reason,
        "counts": {**run.counts},
        "version": run.version,
    }


def run_of(body: Body) -> Run:
    """Read the document of a run."""
    row: dict[str, Any] = body
    game_day, closed_at, outcome = row["game_day"], row["closed_at"], row["outcome"]
    return Run(
        run_id=row["run_id"],
        step=row["step"],
        sport=Sport(row["sport"]),
        game_day=None if game_day is None else GameDay.parse(game_day),
        opened_at=instant_of(row["opened_at"]),
        inputs=row["inputs"],
        closed_at=None if closed_at is None else instant_of(closed_at),
        outcome=None if outcome is None else StepState(outcome),
        reason=row["reason"],
        counts=row["counts"],
        version=row["version"],
    )


def output_body(output: ExpectedOutput) -> Body:
    """Return the document of a cell."""
    return {
        "sport": output.sport.value,
        "game_day": str(output.game_day),
        "step": output.step,
        "event_id": output.event_id,
        "expected": output.expected,
        "state": output.state.value,
        "reason": output.reason,
        "actual": output.actual,
    }


def output_of(body: Body) -> ExpectedOutput:
    """Read the document of a cell."""
    row: dict[str, Any] = body
    return ExpectedOutput(
        sport=Sport(row["sport"]),
        game_day=GameDay.parse(row["game_day"]),
        step=row["step"],
        event_id=row["event_id"],
        expected=row["expected"],
        state=StepState(row["state"]),
        reason=row["reason"],
        actual=row["actual"],
    )


def slate_body(slate: CurrentSlate) -> Body:
    """Return the document of a pointer; it is also the body of `slate-published`."""
    return {
        "sport": slate.sport.value,
        "game_day": str(slate.game_day),
        "batch_id": slate.batch_id,
        "amendment": slate.amendment,
        "publication": slate.tag,
        "published_at": text_of(slate.published_at),
        "counts": {**slate.counts},
    }


def slate_of(body: Body) -> CurrentSlate:
    """Read the document of a pointer."""
    row: dict[str, Any] = body
    return CurrentSlate(
        sport=Sport(row["sport"]),
        game_day=GameDay.parse(row["game_day"]),
        batch_id=row["batch_id"],
        published_at=instant_of(row["published_at"]),
        counts=row["counts"],
        amendment=row["amendment"],
        publication="" if row.get("publication", row["batch_id"]) == row["batch_id"] else row["publication"],
    )
