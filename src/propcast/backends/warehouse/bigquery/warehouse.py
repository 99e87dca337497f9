"""The warehouse in BigQuery, for any number of threads, processes and machines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from propcast.backends.scratch import is_left_over, require_scratch
from propcast.backends.warehouse.admission import INSERT_ONLY, admit, held_rows
from propcast.backends.warehouse.bigquery.journal import Journal
from propcast.backends.warehouse.bigquery.layout import live
from propcast.backends.warehouse.bigquery.names import JOURNAL, STAGING, age_of
from propcast.backends.warehouse.bigquery.service import Absent, Purpose
from propcast.backends.warehouse.bigquery.statements import (
    Statement,
    Stored,
    View,
    counted,
    distinct,
    selected,
)
from propcast.backends.warehouse.bigquery.writing import Writer
from propcast.backends.warehouse.port import Condition, In, Live, Stamp, Value, WriteResult
from propcast.backends.warehouse.predicate import require_columns
from propcast.backends.warehouse.rules import STORED, Merged, merge_repeats
from propcast.backends.warehouse.visibility import (
    digest,
    digests,
    identity_of_content,
    in_key_order,
    require_timed,
    shown_columns,
)
from propcast.tables.schema import Table


@dataclass(frozen=True)
class BigQueryWarehouse:
    """`port.Warehouse` in one project; `step` is whose work it is, for the labels and the counts.

    A write that changes nothing is one query; any other is a query, a load and a script, whatever its rows. A read is
    one query. Versions are read from the journal of a table, without a job.
    """

    writer: Writer
    step: str = "none"

    @property
    def round_trips(self) -> int:
        """Jobs and other requests of this process."""
        return self.writer.service.meter.round_trips

    def for_step(self, step: str) -> "BigQueryWarehouse":
        """Return the same warehouse, as a step uses it."""
        return replace(self, step=step)

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
        wanted = list(dict.fromkeys([*table.key, *names] if in_order else names))
        rows = self._visible(table, where, wanted, as_of, version)
        return (in_key_order(rows, table.key) if in_order else rows).select(names)

    def distinct(self, table: Table, columns: Sequence[str], where: Sequence[Condition] = ()) -> pl.DataFrame:
        """Return the distinct values of the columns, sorted by them (see the port)."""
        require_columns(table, set(columns))
        stored = self._stored(table, [*columns, *(each.column for each in where)])
        if stored is None:
            return _shaped(table, pl.DataFrame(schema=_schema(table)), columns)
        return _shaped(table, self._rows(distinct(stored, View(where), columns), table), columns).sort(columns)

    def quarantine(self, table: Table, bad: pl.DataFrame, stamp: Stamp, *, origin: str) -> int:
        """Hold back rows (with their `violations` column); return how many are new."""
        if bad.is_empty():
            return 0
        merged = merge_repeats(INSERT_ONLY, held_rows(table, bad, stamp, origin))
        return self._commit(INSERT_ONLY, merged, stamp, ()).written

    def count(self, table: Table, where: Sequence[Condition] = ()) -> int:
        """Return the exact number of rows that `read` would return."""
        require_columns(table, [each.column for each in where])
        stored = self._stored(table, [each.column for each in where])
        found = None if stored is None else self._rows(counted(stored, View(where)), table)
        return 0 if found is None or found.is_empty() else int(found["n"].item())

    def content_hash(self, table: Table, where: Sequence[Condition] = ()) -> str:
        """Return a hash of the content of a slice, independent of row order and of when it was written."""
        return digest(table, self._visible(table, where, identity_of_content(table)))

    def content_hashes(self, table: Table, column: str, values: Sequence[Value]) -> dict[Value, str]:
        """Return `content_hash` of the slice of each value of a column (see the port)."""
        names = list(dict.fromkeys([*identity_of_content(table), column]))
        return digests(table, self._visible(table, [In(column, tuple(values))], names), column, values)

    def version(self, table: Table) -> int:
        """Return the table's version, −1 if it was never written."""
        return self._journal(table).version

    def version_at(self, table: Table, instant: datetime) -> int:
        """Return the version that was current at that instant of the writers' clock, −1 if none."""
        return self._journal(table).version_at(instant)

    def compact(self, table: Table) -> int:
        """Do nothing and say that no file was removed: BigQuery merges its own files."""
        require_columns(table, ())
        return 0

    def live(self, table: Table) -> Live | None:
        """Return what the table looks like in the store, whatever its declaration says; None when it is not there."""
        known = self.writer.service.table(self.writer.names.table(table.name), self._purpose("looking at", table))
        if known is None:
            return None
        by_day = known.time_partitioning
        return live(table, known.schema, None if by_day is None else by_day.field)

    def discard(self, table: Table) -> None:
        """Remove a table whose name is under `_scratch/`, absent or not; `InputError` for any other."""
        require_scratch(table.name)
        purpose = self._purpose("removing", table)
        self.writer.columns.pop(table.name, None)
        for name in (self.writer.names.table(table.name), self.writer.names.journal(table.name)):
            self.writer.service.remove(name, purpose)

    def sweep(self, before: datetime) -> int:
        """Remove tables under `_scratch/` whose names were given out before, and frames that were never committed."""
        names, service = self.writer.names, self.writer.service
        purpose = Purpose("sweeping", self.step, "scratch")
        dataset = f"{names.project}.{names.scratch}"
        old = [name for name in service.names(dataset, purpose) if is_left_over(age_of(name), before)]
        for name in old:
            service.remove(f"{dataset}.{name}", purpose)
        return sum(not name.startswith(STAGING) and not name.endswith(JOURNAL) for name in old)

    def estimate(self, table: Table, where: Sequence[Condition] = (), columns: Sequence[str] | None = None) -> int:
        """Return how many bytes a read would be billed for at least, as the service says without running it."""
        names = shown_columns(table, columns, lineage=False)
        stored = self._stored(table, names)
        if stored is None:
            return 0
        return self.writer.service.bytes_of(selected(stored, View(where), names), self._purpose("estimating", table))

    def _commit(self, table: Table, merged: Merged, stamp: Stamp, scope: Sequence[Condition]) -> WriteResult:
        return self.writer.write(table, merged, stamp, scope, self._purpose("writing", table))

    def _visible(
        self,
        table: Table,
        where: Sequence[Condition],
        columns: Sequence[str],
        as_of: datetime | None = None,
        version: int | None = None,
    ) -> pl.DataFrame:
        if as_of is not None:
            require_timed(table, as_of)
        require_columns(table, [each.column for each in where])
        stored = self._stored(table, [*columns, *(each.column for each in where)])
        if stored is None or (version is not None and version < 0):
            return _shaped(table, pl.DataFrame(schema=_schema(table)), columns)
        known = as_of if as_of is None else as_of.astimezone(UTC)
        while True:
            moment = None if version is None else self._journal(table).moment_of(version)
            rows = self._rows(selected(stored, View(where, known, moment), columns), table)
            if version is None or moment is not None or self._journal(table).version == version:
                return _shaped(table, rows, columns)  # else another version came while this one was read as the newest

    def _rows(self, statement: Statement, table: Table) -> pl.DataFrame:
        try:
            return self.writer.service.rows(statement, self._purpose("reading", table))
        except Absent:
            self.writer.columns.pop(table.name, None)
            return pl.DataFrame(schema=_schema(table))

    def _stored(self, table: Table, needed: Sequence[str]) -> Stored | None:
        """Return where the table is and what it has; None if it is not there."""
        return self.writer.stored(table, needed, self._purpose("looking at", table))

    def _journal(self, table: Table) -> Journal:
        purpose = self._purpose("reading the versions of", table)
        return Journal.read(self.writer.service, self.writer.names.journal(table.name), purpose)

    def _purpose(self, doing: str, table: Table) -> Purpose:
        return Purpose(f"{doing} {table.name}", self.step, table.name)


def _schema(table: Table) -> pl.Schema:
    return pl.Schema({**table.schema, **STORED})


def _shaped(table: Table, rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    schema = _schema(table)
    return rows.select(pl.col(name).cast(schema[name]) for name in columns)
