"""The local warehouse: declared tables on Delta Lake, one folder each."""

import shutil
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from propcast.backends.scratch import SCRATCH, is_left_over, require_scratch
from propcast.backends.warehouse.admission import INSERT_ONLY, admit, held_rows, outcome, stamped
from propcast.backends.warehouse.delta_store import DeltaStore, Handles
from propcast.backends.warehouse.port import Condition, In, Live, Stamp, Value, WriteResult
from propcast.backends.warehouse.predicate import FileFilters, expression, file_filters, require_columns, text_filters
from propcast.backends.warehouse.rules import IN_SLICE, REVISION, Merged, identity_columns, merge_repeats, plan
from propcast.backends.warehouse.visibility import (
    digest,
    digests,
    identity_of_content,
    in_key_order,
    keeps_states,
    require_timed,
    shown_columns,
)
from propcast.core.clock import Clock
from propcast.tables.schema import Rule, Table

COMMITS_TO_COMPACT = 32
"""A table's small files are merged at every 32nd of its versions: opening a file costs more than reading it."""


class DeltaWarehouse:
    """`port.Warehouse` in a folder; any number of threads and processes may read and write.

    Writers of one table take turns under a file lock; readers never wait. Rows come back in key order. A write costs
    one look at the stored keys and one commit, and one more read where stored rows are replaced.
    """

    def __init__(self, root: Path, clock: Clock) -> None:
        self.round_trips = 0
        self._counting = threading.Lock()
        self._root = root
        self._clock = clock
        self._handles = Handles()
        self._stores: dict[Table, DeltaStore] = {}

    def write(self, table: Table, frame: pl.DataFrame, stamp: Stamp, *, scope: Sequence[Condition] = ()) -> WriteResult:
        """Write a frame by the table's rule, in one commit, skipped when nothing changes (see the port)."""
        merged = admit(table, frame, scope, lambda bad: self.quarantine(table, bad, stamp, origin="write"))
        return self._commit(table, merged, stamp, scope)

    def read(
        self,
        table: Table,
        where: Sequence[Condition] = (),
        *,
        columns: Sequence[str] | None = None,
        as_of: datetime | None = None,
        version: int | None = None,
        lineage: bool = False,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return the rows that satisfy all conditions, in declared column order (see the port)."""
        names = shown_columns(table, columns, lineage=lineage)
        if not in_order:
            return self._visible(table, where, names, as_of, version)
        rows = self._visible(table, where, [*table.key, *names], as_of, version)
        return in_key_order(rows, table.key).select(names)

    def distinct(self, table: Table, columns: Sequence[str], where: Sequence[Condition] = ()) -> pl.DataFrame:
        """Return the distinct values of the columns, sorted by them (see the port)."""
        require_columns(table, set(columns))
        return self._visible(table, where, columns).unique().sort(columns)

    def quarantine(self, table: Table, bad: pl.DataFrame, stamp: Stamp, *, origin: str) -> int:
        """Hold back rows (with their `violations` column); return how many are new."""
        if bad.is_empty():
            return 0
        merged = merge_repeats(INSERT_ONLY, held_rows(table, bad, stamp, origin))
        return self._commit(INSERT_ONLY, merged, stamp, ()).written

    def count(self, table: Table, where: Sequence[Condition] = ()) -> int:
        """Return the exact number of rows that `read` would return."""
        return self._visible(table, where, list(table.key)).height

    def content_hash(self, table: Table, where: Sequence[Condition] = ()) -> str:
        """Return a hash of the content of a slice, independent of row order and of when it was written."""
        return digest(table, self._visible(table, where, identity_of_content(table)))

    def content_hashes(self, table: Table, column: str, values: Sequence[Value]) -> dict[Value, str]:
        """Return `content_hash` of the slice of each value of a column (see the port)."""
        names = list(dict.fromkeys([*identity_of_content(table), column]))
        return digests(table, self._visible(table, [In(column, tuple(values))], names), column, values)

    def version(self, table: Table) -> int:
        """Return the table's version, −1 if it was never written."""
        delta = self._store(table).open()
        return -1 if delta is None else delta.version()

    def version_at(self, table: Table, instant: datetime) -> int:
        """Return the version that was current at that instant of the warehouse's clock, −1 if none."""
        return self._store(table).version_at(instant)

    def compact(self, table: Table) -> int:
        """Merge small files; return how many files were removed. Versions of the last 24 h stay readable."""
        store = self._store(table)
        with store.exclusive():
            return store.compact(self._clock.now())

    def live(self, table: Table) -> Live | None:
        """Return what the table looks like in the store, whatever its declaration says; None when it is not there."""
        return self._store(table).live()

    def discard(self, table: Table) -> None:
        """Remove a table whose name is under `_scratch/`, absent or not; `InputError` for any other."""
        require_scratch(table.name)
        self._store(table).remove()

    def sweep(self, before: datetime) -> int:
        """Remove tables under `_scratch/` whose names were given out before; return how many."""
        folder = self._root / SCRATCH
        old = [path for path in folder.iterdir() if is_left_over(path.name, before)] if folder.is_dir() else []
        for path in old:
            shutil.rmtree(path, ignore_errors=True)
        for lock in (self._root / ".locks" / SCRATCH).glob("*.lock"):
            if is_left_over(lock.name, before):
                lock.unlink(missing_ok=True)
        return len(old)

    def _commit(self, table: Table, merged: Merged, stamp: Stamp, scope: Sequence[Condition]) -> WriteResult:
        store, incoming = self._store(table), merged.rows
        with store.exclusive():
            now = self._clock.now()
            delta = store.migrated(store.open(), now)
            stored = store.scan(delta, _files(table, incoming, scope))
            change = plan(table, table.rule, incoming, _identities(table, stored, incoming, scope))
            version = -1 if delta is None else delta.version()
            if not change.is_empty:
                version = store.commit(delta, stamped(table, change, stamp), now)
                if version and version % COMMITS_TO_COMPACT == 0:
                    store.compact(now)
        return outcome(table, merged, change, version)

    def _visible(
        self,
        table: Table,
        where: Sequence[Condition],
        columns: Sequence[str],
        as_of: datetime | None = None,
        version: int | None = None,
    ) -> pl.DataFrame:
        store = self._store(table)
        # A filter on a state's content comes after the latest state is chosen: an outdated row must not pass it.
        fixed = [c for c in where if not keeps_states(table) or c.column in {*table.key, table.partition}]
        rows = store.scan(store.open(version), [*file_filters(table, where), *text_filters(fixed)])
        if as_of is not None:
            require_timed(table, as_of)
            rows = rows.filter(pl.col("observed_at") <= as_of)
        if not keeps_states(table):
            return rows.filter(expression(table, where)).select(list(dict.fromkeys(columns))).collect()
        timed = [name for name in ("observed_at",) if name in table.schema]
        needed = [*columns, *table.key, *(c.column for c in where), *timed, REVISION]
        states = rows.filter(expression(table, fixed))
        latest = _latest(table, states.select(list(dict.fromkeys(needed))).collect())
        return latest.filter(expression(table, where)).select(list(dict.fromkeys(columns)))

    def _store(self, table: Table) -> DeltaStore:
        return self._stores.get(table) or self._stores.setdefault(
            table, DeltaStore(table, self._root / table.name, self._root / ".locks", self._touch, self._handles)
        )

    def _touch(self) -> None:
        with self._counting:
            self.round_trips += 1


def _files(table: Table, incoming: pl.DataFrame, scope: Sequence[Condition]) -> FileFilters:
    """Name the files that the rule has to see: KEY looks everywhere, the others where the incoming rows would be."""
    if table.partition is None or table.rule is Rule.KEY:
        return []
    # Incoming rows lie inside their slice, if there is one.
    return file_filters(table, scope or [In(table.partition, tuple(incoming[table.partition].unique()))])


def _identities(table: Table, stored: pl.LazyFrame, incoming: pl.DataFrame, scope: Sequence[Condition]) -> pl.DataFrame:
    """Read what the rule has to see of the stored rows."""
    in_slice = expression(table, scope) if scope else pl.lit(False)
    if table.partition is not None and table.rule is not Rule.KEY:
        named = pl.col(table.partition).is_in(incoming[table.partition].unique().implode())
        stored = stored.filter(named | in_slice) if scope else stored.filter(named)
    return stored.select(*identity_columns(table), in_slice.alias(IN_SLICE)).collect()


def _latest(table: Table, states: pl.DataFrame) -> pl.DataFrame:
    if not states.select(pl.struct(table.key).is_duplicated().any()).item():
        return states
    order = [name for name in ("observed_at", REVISION) if name in states.columns]
    return states.sort(order).unique(subset=table.key, keep="last", maintain_order=True)
