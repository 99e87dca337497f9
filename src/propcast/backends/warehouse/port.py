"""The port that every warehouse adapter implements; one conformance suite tests them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import polars as pl

from propcast.tables.schema import Table

RETENTION_H = 24
"""Versions of the last so many hours can be read."""

Value = str | int | float | bool | date


@dataclass(frozen=True)
class In:
    """Rows whose column is one of the values."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Between:
    """Rows whose column lies between the bounds, both inclusive; None leaves a side open."""

    column: str
    low: Value | None = None
    high: Value | None = None


Condition = In | Between


@dataclass(frozen=True)
class Stamp:
    """Lineage put on every row of a write: which run wrote it, when, from which inputs."""

    run_id: str
    built_at: datetime
    input_hash: str = ""


@dataclass(frozen=True)
class WriteResult:
    """Exact counts of one write: `rows_in = written + unchanged + merged`.

    Attributes:
        written: rows that the commit added or replaced.
        unchanged: rows whose content the store already had.
        merged: exact repetitions inside the frame.
        removed: stored rows of the slice that are gone after a SET.
        version: the table's version after the write; the same as before when nothing was written.
    """

    table: str
    rows_in: int
    written: int
    unchanged: int
    merged: int
    removed: int
    version: int


@dataclass(frozen=True)
class Live:
    """What a table looks like in the store, the store's own columns left out."""

    columns: Mapping[str, pl.DataType]
    partition: str | None


class Warehouse(Protocol):
    """Declared tables with atomic writes by rule, filtered reads and versions."""

    @property
    def round_trips(self) -> int:
        """How often the store was asked for something, by anybody who holds this warehouse."""
        ...

    def write(self, table: Table, frame: pl.DataFrame, stamp: Stamp, *, scope: Sequence[Condition] = ()) -> WriteResult:
        """Write a frame by the table's rule, in one commit, skipped when nothing changes.

        LOG appends rows whose content differs from the state in force just before them (a key that holds
        `observed_at` is never restated); SET replaces the whole slice named by `scope` (required); KEY upserts; ONCE
        inserts what is absent. Rows whose content is stored already keep their lineage and time of observation.

        Raises:
            ContractViolation: the frame breaks the declaration. Nothing was written; the report names all
                violations and the offending rows are in quarantine.
            InputError: a SET without a scope, or with rows outside it.
            StoreConflict: the stored columns do not fit the declaration.
        """
        ...

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
        """Return the rows that satisfy all conditions, in key order (any order if told so) and declared column order.

        A table never written is empty; a nullable column declared since the write is null. For LOG tables whose key
        has no `observed_at`, only the latest row per key is returned. `as_of` leaves out what was not observed by
        then, also rows of unknown time. `version` reads the table as it was. `lineage` adds the stamp.

        Raises:
            InputError: an unknown column or version, or `as_of` for a table without `observed_at`.
        """
        ...

    def distinct(self, table: Table, columns: Sequence[str], where: Sequence[Condition] = ()) -> pl.DataFrame:
        """Return the distinct values of the columns among the rows that `read` would return, sorted by them."""
        ...

    def quarantine(self, table: Table, bad: pl.DataFrame, stamp: Stamp, *, origin: str) -> int:
        """Hold back rows (with their `violations` column); return how many are new."""
        ...

    def count(self, table: Table, where: Sequence[Condition] = ()) -> int:
        """Return the exact number of rows that `read` would return."""
        ...

    def content_hash(self, table: Table, where: Sequence[Condition] = ()) -> str:
        """Return a hash of the content of a slice, independent of row order and of when it was written."""
        ...

    def content_hashes(self, table: Table, column: str, values: Sequence[Value]) -> dict[Value, str]:
        """Return `content_hash` of the slice of each value of a column, in as many reads as one slice takes."""
        ...

    def version(self, table: Table) -> int:
        """Return the table's version, −1 if it was never written."""
        ...

    def version_at(self, table: Table, instant: datetime) -> int:
        """Return the version that was current at that instant (promised for the last 24 h), −1 if none."""
        ...

    def compact(self, table: Table) -> int:
        """Merge small files; return how many files were removed. Readers and content are unaffected."""
        ...

    def live(self, table: Table) -> Live | None:
        """Return what the table looks like in the store, whatever its declaration says; None when it is not there."""
        ...

    def discard(self, table: Table) -> None:
        """Remove a table whose name is under `_scratch/`, absent or not; `InputError` for any other."""
        ...

    def sweep(self, before: datetime) -> int:
        """Remove tables under `_scratch/` whose names were given out before; return how many."""
        ...
