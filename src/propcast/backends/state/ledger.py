"""What happened and what is owed: runs, the grid of expected outputs, and the pointer to the current slate."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from propcast.backends.state import outbox
from propcast.backends.state.port import Body, Reader, State, Transaction, Where
from propcast.backends.state.records import (
    CURRENT_SLATES,
    EXPECTED_OUTPUTS,
    RUNS,
    CurrentSlate,
    ExpectedOutput,
    Run,
    StepState,
    output_body,
    output_of,
    run_body,
    run_of,
    slate_body,
    slate_key,
    slate_of,
)
from propcast.core.errors import StoreConflict
from propcast.core.gameday import GameDay
from propcast.core.instants import text_of
from propcast.core.sport import Sport

PUBLISHED_TOPIC = "slate-published"

Merge = Callable[[ExpectedOutput | None, ExpectedOutput], ExpectedOutput]


class Ledger:
    """Runs, expected outputs and current slates, each change in one transaction."""

    def __init__(self, state: State) -> None:
        self._state = state

    def open_run(self, run: Run) -> None:
        """Record that an attempt has started; `StoreConflict` when the id is taken."""

        def work(tx: Transaction) -> None:
            if tx.get(RUNS, run.run_id) is not None:
                raise StoreConflict(f"run {run.run_id!r} exists already; every attempt has its own id")
            tx.insert(RUNS, run.run_id, run_body(run, tx.order()))

        self._state.transact(work)

    def close_run(
        self, run_id: str, *, closed_at: datetime, outcome: StepState, reason: str = "", counts: dict[str, int]
    ) -> None:
        """Close an open attempt; `StoreConflict` when it is unknown or already closed."""
        changes: Body = {
            "closed_at": text_of(closed_at),
            "outcome": outcome.value,
            "reason": reason,
            "counts": {**counts},
        }

        def work(tx: Transaction) -> None:
            body = tx.get(RUNS, run_id)
            if body is None or body["closed_at"] is not None:
                raise StoreConflict(f"run {run_id!r} is not open; it was closed before or never opened")
            tx.put(RUNS, run_id, {**body, **changes})

        self._state.transact(work)

    def runs(
        self, sport: Sport | None = None, game_day: GameDay | None = None, step: str | None = None, limit: int = 100
    ) -> list[Run]:
        """Return attempts, newest first; None filters nothing."""
        asked = {"sport": sport, "game_day": None if game_day is None else str(game_day), "step": step}
        where = [Where(field, "==", value) for field, value in asked.items() if value is not None]
        found = self._state.find(RUNS, where, order_by="recency", descending=True, limit=limit)
        return [run_of(document.body) for document in found]

    def expect(self, outputs: Sequence[ExpectedOutput]) -> None:
        """Declare cells of the grid; a cell that exists keeps its state, its expected number is updated."""
        self._merge(outputs, lambda old, new: new if old is None else replace(old, expected=new.expected))

    def mark(self, outputs: Sequence[ExpectedOutput]) -> None:
        """Set state, reason and actual number of cells, in one transaction; an undeclared cell is added."""
        self._merge(outputs, lambda old, new: new if old is None else replace(new, expected=old.expected))

    def expected(self, sport: Sport, game_day: GameDay) -> list[ExpectedOutput]:
        """Return the grid of one game day, by step and event."""
        return sorted(_cells(self._state, sport, game_day), key=lambda cell: (cell.step, cell.event_id))

    def expected_between(self, sport: Sport, first: GameDay, last: GameDay) -> list[ExpectedOutput]:
        """Return the cells of a span of game days, both inclusive, oldest first."""
        where = _span(sport, first, last)
        return [output_of(found.body) for found in self._state.find(EXPECTED_OUTPUTS, where, order_by="game_day")]

    def publish(self, slate: CurrentSlate) -> bool:
        """Flip the current pointer and put one `slate-published` row in the outbox, in one transaction.

        Returns False, and changes nothing, when that batch is current already.
        """
        return self._state.transact(lambda tx: flip(tx, slate))

    def current(self, sport: Sport, game_day: GameDay) -> CurrentSlate | None:
        """Return the current slate, or None when nothing was published."""
        body = self._state.get(CURRENT_SLATES, slate_key(sport, game_day))
        return None if body is None else slate_of(body)

    def current_between(self, sport: Sport, first: GameDay, last: GameDay) -> list[CurrentSlate]:
        """Return the current slates of a span of game days, both inclusive, oldest first."""
        where = _span(sport, first, last)
        return [slate_of(found.body) for found in self._state.find(CURRENT_SLATES, where, order_by="game_day")]

    def _merge(self, outputs: Sequence[ExpectedOutput], merge: Merge) -> None:
        if not outputs:
            return

        def work(tx: Transaction) -> None:
            days = {(output.sport, output.game_day) for output in outputs}
            cells = {cell.key: cell for sport, day in sorted(days) for cell in _cells(tx, sport, day)}
            merged: dict[str, ExpectedOutput] = {}
            for output in outputs:
                merged[output.key] = merge(merged.get(output.key, cells.get(output.key)), output)
            for key, cell in merged.items():
                if cell != cells.get(key):
                    tx.put(EXPECTED_OUTPUTS, key, output_body(cell))

        self._state.transact(work)


def flip(tx: Transaction, slate: CurrentSlate, more: Body | None = None) -> bool:
    """Point at that slate and enqueue one `slate-published`, whose body is the pointer and what `more` adds.

    Returns False, and changes nothing, when that amendment of that batch, or a later one, is current already.
    """
    key, body = slate_key(slate.sport, slate.game_day), slate_body(slate)
    found = tx.get(CURRENT_SLATES, key)
    if found is not None:
        current = slate_of(found)
        if current.batch_id == slate.batch_id and current.amendment >= slate.amendment:
            return False
    tx.put(CURRENT_SLATES, key, body)
    message: Body = {"schema_version": 1, **body, **(more or {})}
    attributes = {"sport": slate.sport.value}
    outbox.enqueue(tx, outbox.Outgoing(PUBLISHED_TOPIC, message, attributes, order_key=slate.batch_id))
    return True


def _span(sport: Sport, first: GameDay, last: GameDay) -> list[Where]:
    return [
        Where("sport", "==", sport.value),
        Where("game_day", ">=", str(first)),
        Where("game_day", "<=", str(last)),
    ]


def _cells(reader: Reader, sport: Sport, game_day: GameDay) -> list[ExpectedOutput]:
    where = [Where("game_day", "==", str(game_day)), Where("sport", "==", sport.value)]
    return [output_of(document.body) for document in reader.find(EXPECTED_OUTPUTS, where)]
