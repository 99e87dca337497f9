"""One table as a Delta table in a folder: opening, scanning, committing, history and compaction."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl
from deltalake import ColumnProperties, CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from propcast.backends.locks import exclusive
from propcast.backends.warehouse.drift import refuse_foreign, refuse_unfillable
from propcast.backends.warehouse.port import RETENTION_H, Live
from propcast.backends.warehouse.predicate import FileFilters, partition_sql
from propcast.backends.warehouse.rules import REVISION, STORED, Change
from propcast.core.errors import InputError, StoreConflict, StoreUnavailable
from propcast.tables.content import row_hashes
from propcast.tables.schema import Table

_INSTANT = "propcast.instant"
_OF_THE_DISK = "LocalFileSystem error"
"""What the library says of a disk that is full or gone; it has no class of its own for that."""


class Handles(threading.local):
    """Open tables of one thread by folder: catching up with the log is ten times cheaper than opening again."""

    def __init__(self) -> None:
        self.by_folder: dict[Path, DeltaTable] = {}


class DeltaStore:
    """The stored form of one table; every access is counted through `touch`."""

    def __init__(
        self, table: Table, folder: Path, locks: Path, touch: Callable[[], None], handles: Handles | None = None
    ) -> None:
        self.table = table
        self._handles = handles or Handles()
        self._folder = folder
        self._lock = locks / f"{table.name}.lock"
        self._touch = touch
        self._schema = pl.Schema({**table.schema, **STORED})
        self._partition_by = None if table.partition is None else [table.partition]
        self._writing = _writing(self._schema)

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other writer of this table out."""
        return exclusive(self._lock)

    def open(self, version: int | None = None) -> DeltaTable | None:
        """Open the table, at a version if one is given; None when it had not been written yet."""
        self._touch()
        if not DeltaTable.is_deltatable(str(self._folder)):
            self._handles.by_folder.pop(self._folder, None)  # what comes back there later is another table
            return None
        if version is not None and version < 0:
            return None
        if version is None:
            return self._latest()
        try:
            return DeltaTable(self._folder, version=version)
        except DeltaError as error:
            raise InputError(
                f"{self.table.name} has no version {version}; versions are promised for {RETENTION_H} h"
            ) from error

    def _latest(self) -> DeltaTable:
        known = self._handles.by_folder.get(self._folder)
        if known is None:
            known = self._handles.by_folder[self._folder] = DeltaTable(self._folder)
        else:
            known.update_incremental()
        return known

    def scan(self, delta: DeltaTable | None, files: FileFilters | None = None) -> pl.LazyFrame:
        """Return the rows of those files, all unless told, with declared and stored columns.

        Columns declared since are null.
        """
        if delta is None:
            return pl.LazyFrame(schema=self._schema)
        known = _columns(delta)
        refuse_unfillable(self.table, [name for name in self._schema if name not in known])
        chosen = delta.file_uris(file_pruning_predicate=[each for each in files or () if each[0] in known] or None)
        rows = self._of_files(chosen, known) if chosen else pl.LazyFrame(schema=known)
        return rows.select(
            pl.col(name) if name in known else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in self._schema.items()
        )

    def _of_files(self, files: list[str], known: pl.Schema) -> pl.LazyFrame:
        """Read files as the table's log lists them: asking the library for the whole table costs twice as much."""
        partition = {name: known[name] for name in self._partition_by or ()}
        return pl.scan_parquet(
            files,
            glob=False,
            missing_columns="insert",
            hive_partitioning=bool(partition),
            hive_schema=partition or None,
        )

    def migrated(self, delta: DeltaTable | None, instant: datetime) -> DeltaTable | None:
        """Bring the stored columns up to the declaration: nullable columns declared since are added as null.

        Raises:
            StoreConflict: the store has a column or dtype that this declaration cannot take.
        """
        if delta is None:
            return None
        known = _columns(delta)
        refuse_foreign(self.table, known)
        if len(known) == len(self._schema):
            return delta
        rows = self.scan(delta).collect()
        rehashed = rows.with_columns(row_hashes(rows, self.table.content_columns)).select(self._schema.names())
        self._overwrite(delta, rehashed, instant, widen=True)
        return self.open()

    def commit(self, delta: DeltaTable | None, change: Change, instant: datetime) -> int:
        """Carry out a change in one commit and return the new version."""
        revision = 0 if delta is None else delta.version() + 1
        fresh = change.fresh.with_columns(pl.lit(revision, dtype=pl.Int64).alias(REVISION)).select(self._schema.names())
        if delta is None or change.superseded.is_empty():
            self._append(delta, fresh, instant)
        else:
            self._restate(delta, fresh, change.superseded, instant)
        return revision

    def version_at(self, instant: datetime) -> int:
        """Return the last version committed by then according to the clock of the writers, −1 if none."""
        delta = self.open()
        commits = [] if delta is None else delta.history()
        known = [c["version"] for c in commits if _INSTANT in c and datetime.fromisoformat(c[_INSTANT]) <= instant]
        return max(known, default=-1)

    def live(self) -> Live | None:
        """Return what the table looks like in the store, as it is now."""
        delta = self.open()
        if delta is None:
            return None
        stored = _columns(delta)
        partition = next(iter(delta.metadata().partition_columns), None)
        return Live({name: dtype for name, dtype in stored.items() if name not in STORED}, partition)

    def remove(self) -> None:
        """Remove the table with all its versions, and its lock."""
        self._touch()
        self._handles.by_folder.pop(self._folder, None)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.unlink(missing_ok=True)

    def compact(self, instant: datetime) -> int:
        """Merge small files and delete unreferenced ones older than the retention; return how many were merged away."""
        delta = self.open()
        if delta is None:
            return 0
        self._touch()
        stamp = _properties(instant)
        merged = delta.optimize.compact(commit_properties=stamp)
        delta.vacuum(RETENTION_H, dry_run=False, enforce_retention_duration=False, commit_properties=stamp)
        return int(merged["numFilesRemoved"])

    def _restate(self, delta: DeltaTable, fresh: pl.DataFrame, superseded: pl.DataFrame, instant: datetime) -> None:
        """Overwrite the touched partitions with what they keep and what is fresh."""
        self._touch()
        files, where = None, None
        if partition := self.table.partition:
            touched = pl.concat([fresh[partition], superseded[partition]]).unique().sort().to_list()
            files, where = [(partition, "in", touched)], partition_sql(partition, touched)
        kept = self.scan(delta, files).collect().join(superseded, on=self.table.key, how="anti", nulls_equal=True)
        self._overwrite(delta, pl.concat([kept, fresh]), instant, where)

    def _append(self, delta: DeltaTable | None, rows: pl.DataFrame, instant: datetime) -> None:
        with self._committing():
            write_deltalake(
                self._folder if delta is None else delta,
                rows.sort(self.table.key),
                mode="append",
                partition_by=self._partition_by,
                writer_properties=self._writing,
                commit_properties=_properties(instant),
            )

    def _overwrite(
        self, delta: DeltaTable, rows: pl.DataFrame, instant: datetime, where: str | None = None, *, widen: bool = False
    ) -> None:
        with self._committing():
            write_deltalake(
                delta,
                rows.sort(self.table.key),
                mode="overwrite",
                predicate=where,
                schema_mode="overwrite" if widen else None,
                partition_by=self._partition_by,
                writer_properties=self._writing,
                commit_properties=_properties(instant),
            )

    @contextmanager
    def _committing(self) -> Iterator[None]:
        self._touch()
        try:
            yield
        except CommitFailedError as error:
            raise StoreConflict(
                f"{self.table.name} was changed by another program during the write; run the step again"
            ) from error
        except (DeltaError, OSError) as error:
            if _OF_THE_DISK not in str(error):
                raise
            said = str(error).rpartition(_OF_THE_DISK)[2].split("\n")[0].lstrip(": ") or "the disk may be full"
            raise StoreUnavailable(f"{self.table.name} cannot be written ({said}); try again") from error


def _columns(delta: DeltaTable) -> pl.Schema:
    """Return the columns of the log, which those of every file follow."""
    return pl.Schema(delta.schema())


def _writing(schema: pl.Schema) -> WriterProperties:
    """Keep dictionaries for texts only: numbers hardly repeat, and without one they are written twice as fast."""
    texts = {name: ColumnProperties(dictionary_enabled=True) for name, dtype in schema.items() if dtype == pl.String}
    return WriterProperties(
        default_column_properties=ColumnProperties(dictionary_enabled=False), column_properties=texts
    )


def _properties(instant: datetime) -> CommitProperties:
    return CommitProperties(custom_metadata={_INSTANT: instant.isoformat()})
