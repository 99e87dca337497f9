"""Steps: what each reads and writes, run inside a ledger row that is opened first and closed at the end."""

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import ExpectedOutput, Run, StepState
from propcast.backends.warehouse.accounts import for_step
from propcast.backends.warehouse.port import Condition, Stamp, Warehouse, WriteResult
from propcast.core.errors import NotReady, PropCastError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.tables.schema import Table

WHOLE_DAY = "*"
"""The event id of a grid cell that stands for the whole game day."""


@dataclass(frozen=True)
class Step:
    """One step: its name and the only tables that it may read and write."""

    name: str
    reads: tuple[Table, ...]
    writes: tuple[Table, ...]


def tables_of(steps: Iterable[Step]) -> tuple[Table, ...]:
    """Return every table that one of the steps reads or writes, once."""
    return tuple({table.name: table for step in steps for table in (*step.reads, *step.writes)}.values())


@dataclass(frozen=True)
class StepResult:
    """How an attempt ended: state, reason, counts, grid cells; the runner adds rows per table, new ones and trips."""

    state: StepState
    reason: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    cells: tuple[ExpectedOutput, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    new: int = 0
    round_trips: int = 0


@dataclass
class StepStore:
    """The warehouse as one step may use it, by any of its threads: declared tables only, rows stamped with the run."""

    warehouse: Warehouse
    step: Step
    stamp: Stamp
    rows: dict[str, int] = field(default_factory=dict)
    new: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(
        self,
        table: Table,
        where: Sequence[Condition] = (),
        *,
        columns: Sequence[str] | None = None,
        as_of: datetime | None = None,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Read a declared input (or own output); whoever sorts anyway need not have it in key order."""
        self._require(table, (*self.step.reads, *self.step.writes), "reads")
        return self.warehouse.read(table, where, columns=columns, as_of=as_of, in_order=in_order)

    def write(self, table: Table, frame: pl.DataFrame, scope: Sequence[Condition] = ()) -> WriteResult:
        """Write a declared output and remember how many rows were new."""
        self._require(table, self.step.writes, "writes")
        result = self.warehouse.write(table, table.conform(frame), self.stamp, scope=scope)
        with self._counting:
            self.rows[table.name] = self.rows.get(table.name, 0) + result.rows_in
            self.new += result.written
        return result

    def hold_back(self, table: Table, bad: pl.DataFrame, origin: str) -> int:
        """Put rows that may not be written into quarantine."""
        return self.warehouse.quarantine(table, bad, self.stamp, origin=origin) if bad.height else 0

    def _require(self, table: Table, allowed: tuple[Table, ...], verb: str) -> None:
        if table not in allowed:
            raise PropCastError(f"step {self.step.name} {verb} {table.name} without declaring it; add it to the step")


def run_step(
    backends: Backends,
    step: Step,
    sport: Sport,
    day: GameDay | None,
    work: Callable[[StepStore], StepResult],
    inputs: dict[str, str] | None = None,
) -> StepResult:
    """Run one attempt: ledger row first, then the work, then outcome, counts and grid cells.

    An error is recorded as `failed` (or `not_ready`) with its message and raised again.
    """
    opened = backends.clock.now()
    run_id = uuid.uuid4().hex
    backends.ledger.open_run(Run(run_id, step.name, sport, day, opened, inputs or {}))
    store = StepStore(for_step(backends.warehouse, step.name), step, Stamp(run_id, opened))
    trips = backends.warehouse.round_trips
    try:
        result = work(store)
    except Exception as error:
        outcome = StepState.NOT_READY if isinstance(error, NotReady) else StepState.FAILED
        reason = f"{type(error).__name__}: {error}"
        backends.ledger.close_run(run_id, closed_at=backends.clock.now(), outcome=outcome, reason=reason, counts={})
        raise
    trips = backends.warehouse.round_trips - trips
    backends.ledger.expect(result.cells)
    backends.ledger.mark(result.cells)
    backends.ledger.close_run(
        run_id,
        closed_at=backends.clock.now(),
        outcome=result.state,
        reason=result.reason,
        counts={**store.rows, **result.counts, "new_rows": store.new, "round_trips": trips},
    )
    return replace(result, rows=store.rows, new=store.new, round_trips=trips)
