"""How a table is changed: look at the stored keys, work it out, stage it, commit it unless somebody was first."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex

import polars as pl

from propcast.backends.warehouse.admission import outcome, stamped
from propcast.backends.warehouse.bigquery.commits import NEW_HASH, SUPERSEDED, Commit
from propcast.backends.warehouse.bigquery.journal import Journal
from propcast.backends.warehouse.bigquery.layout import columns_of, definition, laid_out, shape, stored_schema
from propcast.backends.warehouse.bigquery.names import Names
from propcast.backends.warehouse.bigquery.service import Absent, Purpose, Service
from propcast.backends.warehouse.bigquery.statements import SHAPE, Statement, Stored, everything, identities
from propcast.backends.warehouse.drift import refuse_foreign, refuse_unfillable
from propcast.backends.warehouse.port import Condition, Stamp, WriteResult
from propcast.backends.warehouse.rules import (
    IN_SLICE,
    REVISION,
    ROW_HASH,
    STORED,
    Change,
    Merged,
    identity_columns,
    plan,
)
from propcast.core.clock import Clock
from propcast.core.errors import StoreConflict, StoreUnavailable
from propcast.tables.content import row_hashes
from propcast.tables.schema import Table

TRIES = 24
"""How often a write is worked out anew because somebody else was first."""
_INSTANT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Seen:
    """What a write saw: the version, the shape that it has and the identities of stored rows.

    Attributes:
        begin: the table is there, but nothing was ever committed to it.
    """

    version: int
    shape: str
    stored: pl.DataFrame
    begin: bool = False


@dataclass(frozen=True)
class Writer:
    """Writes for all threads of a process; those of one table take turns, others are met at the commit."""

    service: Service
    names: Names
    clock: Clock
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    turns: dict[str, threading.Lock] = field(default_factory=dict)

    def write(
        self, table: Table, merged: Merged, stamp: Stamp, scope: Sequence[Condition], purpose: Purpose
    ) -> WriteResult:
        """Carry out a write whose rows are admitted.

        Raises:
            StoreConflict: others were first for as long as it was tried, or the stored columns do not fit.
        """
        with self.turns.setdefault(table.name, threading.Lock()):
            waiting = self.service.patience.begin()
            for _ in range(TRIES):
                seen = self._look(table, merged.rows, scope, purpose)
                if seen.shape != shape(table) and self._grown(table, seen, purpose):
                    continue
                change = plan(table, table.rule, merged.rows, seen.stored)
                if change.is_empty:
                    return outcome(table, merged, change, seen.version)
                if self._committed(table, stamped(table, change, stamp), seen, purpose):
                    return outcome(table, merged, change, seen.version + 1)
                if not waiting.pause():
                    break
        raise StoreConflict(f"{purpose.doing}: others were first {TRIES} times; run the step again")

    def stored(self, table: Table, needed: Sequence[str], purpose: Purpose) -> Stored | None:
        """Return where a table is and which columns it has, None if it is not there.

        What is there is asked once, and again as long as columns that are needed are not.

        Raises:
            StoreConflict: a column that must not be null is not there.
        """
        name, known = self.names.table(table.name), self.columns.get(table.name)
        if known is None or not {*needed, *table.schema} <= {*known}:
            found = self.service.table(name, purpose)
            if found is None:
                return None
            known = self.columns[table.name] = tuple(each.name for each in found.schema)
        refuse_unfillable(table, [column for column in table.schema if column not in known])
        return Stored(table, name, known)

    def _look(self, table: Table, rows: pl.DataFrame, scope: Sequence[Condition], purpose: Purpose) -> Seen:
        """Read what is stored; a table that this process does not know is made if it is not there."""
        nothing = Seen(-1, shape(table), _no_identities(table), begin=True)
        made = self.names.table(table.name)
        if table.name not in self.columns and rows.height and self.service.create(definition(table, made), purpose):
            self.columns[table.name] = tuple(stored_schema(table))
            return nothing
        stored = Stored(table, made, table.schema)
        try:
            found = self.service.rows(identities(stored, self.names.journal(table.name), rows, scope), purpose)
        except Absent as absent:
            if absent.name != made:
                self._require_untouched(table, made, purpose)
            elif rows.height:
                self.service.create(definition(table, made), purpose)
            return nothing
        return _seen(table, found)

    def _require_untouched(self, table: Table, name: str, purpose: Purpose) -> None:
        """Refuse to begin a journal for a table that has rows, unless somebody has begun it meanwhile."""
        known, journal = self.service.table(name, purpose), self.names.journal(table.name)
        if known is not None and known.num_rows and not Journal.read(self.service, journal, purpose).entries:
            raise StoreConflict(f"{table.name} has rows and no {journal}; bring that back with time travel")

    def _committed(self, table: Table, change: Change, seen: Seen, purpose: Purpose) -> bool:
        """Stage and commit a change; return whether nobody was first."""
        attempt = self._attempt(table, seen.version)
        fresh = change.fresh.with_columns(pl.lit(seen.version + 1, dtype=pl.Int64).alias(REVISION))
        rows = laid_out(table, fresh)
        if change.superseded.is_empty():
            self.service.load(rows, attempt.staging, purpose)
            return self._sent(attempt.adding(begin=seen.begin), attempt, purpose)
        gone = change.superseded.select(*table.key, pl.col(ROW_HASH).alias(SUPERSEDED))
        self.service.load(pl.concat([rows, gone], how="diagonal"), attempt.staging, purpose)
        touched = None if table.partition is None else change.superseded[table.partition]
        return self._sent(attempt.replacing(touched), attempt, purpose)

    def _grown(self, table: Table, seen: Seen, purpose: Purpose) -> bool:
        """Add columns that are declared and may be null; return whether there were any to add."""
        name = self.names.table(table.name)
        known = self.service.table(name, purpose)
        if known is None:
            return True
        there = columns_of(table, known.schema)
        refuse_foreign(table, there)
        missing = [column for column in table.schema if column not in there]
        refuse_unfillable(table, missing)
        self.columns[table.name] = tuple(field.name for field in known.schema)
        if not missing:
            return False
        attempt = self._attempt(table, seen.version)
        content = [*table.content_columns, ROW_HASH]
        stored = Stored(table, name, self.columns[table.name])
        rows = self.service.rows(everything(stored, content), purpose)
        rows = rows.with_columns(pl.col(column).cast(table.schema[column]) for column in table.content_columns)
        hashed = row_hashes(rows, table.content_columns).alias(NEW_HASH)
        self.service.load(rows.select(ROW_HASH).with_columns(hashed).unique(), attempt.staging, purpose)
        self._sent(attempt.growing(missing), attempt, purpose)
        self.columns.pop(table.name, None)
        return True

    def _attempt(self, table: Table, seen: int) -> Commit:
        now = self.clock.now()
        return Commit(
            table,
            self.names.table(table.name),
            self.names.journal(table.name),
            self.names.staging(now.strftime(_INSTANT)),
            seen,
            token_hex(16),
            now,
        )

    def _sent(self, statement: Statement, attempt: Commit, purpose: Purpose) -> bool:
        """Send a commit; the journal says whether it happened when the answer does not."""
        try:
            return bool(self.service.rows(statement, purpose)["n"].item())
        except (Absent, StoreConflict, StoreUnavailable) as error:
            if Journal.read(self.service, attempt.journal, purpose).has(attempt.token):
                return True
            if isinstance(error, StoreUnavailable):
                raise
            return False


def _seen(table: Table, found: pl.DataFrame) -> Seen:
    heads = found.filter(pl.col(SHAPE).is_not_null())
    stored = _no_identities(table).schema
    rows = found.filter(pl.col(SHAPE).is_null()).select(pl.col(name).cast(kind) for name, kind in stored.items())
    return Seen(int(heads[REVISION].item()), str(heads[SHAPE].item()), rows)


def _no_identities(table: Table) -> pl.DataFrame:
    schema = {**table.schema, **STORED}
    return pl.DataFrame(schema={**{name: schema[name] for name in identity_columns(table)}, IN_SLICE: pl.Boolean()})
