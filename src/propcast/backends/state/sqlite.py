"""The local state store: one SQLite file, shared by threads and processes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from propcast.backends.sqlite.file import SqliteFile
from propcast.backends.state import sqlite_query, sqlite_schema
from propcast.backends.state.port import Body, Collection, Document, Transaction, Where
from propcast.backends.state.sqlite_transaction import SqliteTransaction
from propcast.core.clock import Clock

T = TypeVar("T")


class SqliteState:
    """`port.State` in one file: write-ahead log, every commit synced to disk, one writer at a time.

    The clock is the store's: every process that shares the file has to be given one that agrees.
    """

    def __init__(self, path: Path, clock: Clock, *, busy_s: float = 30) -> None:
        self._file = SqliteFile(path, sqlite_schema.prepare, locked_s=busy_s, durable="FULL")
        self._clock = clock
        self._tables: set[Collection] = set()

    def get(self, collection: Collection, key: str) -> Body | None:
        """Return the body, or None when there is no such document."""
        with self._file.reading() as connection:
            return sqlite_query.get(connection, collection, key)

    def find(
        self,
        collection: Collection,
        where: Sequence[Where] = (),
        *,
        order_by: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Document]:
        """Return documents that meet every condition, in order."""
        with self._file.reading() as connection:
            return sqlite_query.find(connection, collection, where, order_by, descending, limit)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one write transaction, all or nothing, and return what it returned."""
        with self._file.writing() as connection:
            transaction = SqliteTransaction(connection, self._clock.now())
            try:
                result = work(transaction)
                transaction.apply(self._tables)
            finally:
                transaction.end()
        # Only now: a rollback takes a new table away again.
        self._tables |= transaction.touched
        return result

    def now(self) -> datetime:
        """Return the time of the store's clock."""
        return self._clock.now()
