"""The local state store: one SQLite file, shared by threads and processes."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from propcast.backends.state.port import Body, Collection, Document, Transaction, Where
from propcast.backends.state.rules import check_change, check_key, check_query, encode
from propcast.backends.state.sqlite_file import SqliteFile
from propcast.backends.state.sqlite_query import create_statements, select
from propcast.core.clock import Clock
from propcast.core.errors import PropCastError, StoreConflict

T = TypeVar("T")


class SqliteState:
    """`port.State` in one file: write-ahead log, every commit synced to disk, one writer at a time.

    The clock is the store's: every process that shares the file has to be given one that agrees.
    """

    def __init__(self, path: Path, clock: Clock, *, busy_s: float = 30) -> None:
        self._file = SqliteFile(path, busy_s)
        self._clock = clock
        self._tables: set[Collection] = set()

    def get(self, collection: Collection, key: str) -> Body | None:
        """Return the body, or None when there is no such document."""
        with self._file.reading() as connection:
            return _get(connection, collection, key)

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
            return _find(connection, collection, where, order_by, descending, limit)

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


class SqliteTransaction:
    """`port.Transaction`: reads go to the locked file, writes wait until the work has ended well."""

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self.touched: set[Collection] = set()
        self._connection: sqlite3.Connection | None = connection
        self._now = now
        self._orders = 0
        self._writes: list[tuple[str, Collection, str, str]] = []

    @property
    def now(self) -> datetime:
        """The store's time when the transaction got its turn."""
        return self._now

    def get(self, collection: Collection, key: str) -> Body | None:
        """Return the body, or None when there is no such document."""
        return _get(self._readable(collection), collection, key)

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
        return _find(self._readable(collection), collection, where, order_by, descending, limit)

    def order(self) -> str:
        """Return the next place in the order of all commits."""
        (last,) = self._live().execute("SELECT last FROM commit_order").fetchone()
        self._orders += 1
        return f"{last + 1:012d}.{self._orders:06d}"

    def insert(self, collection: Collection, key: str, body: Body) -> None:
        """Create a document at the end of the transaction; `StoreConflict` then, when the key exists."""
        self._write("insert", collection, key, encode(collection, key, body))

    def put(self, collection: Collection, key: str, body: Body) -> None:
        """Create or replace a document at the end of the transaction."""
        check_change(collection)
        self._write("put", collection, key, encode(collection, key, body))

    def delete(self, collection: Collection, key: str) -> None:
        """Remove a document at the end of the transaction."""
        check_change(collection)
        self._write("delete", collection, key, "")

    def apply(self, known: set[Collection]) -> None:
        """Write what was asked for."""
        connection = self._live()
        for collection in self.touched - known:
            for statement in create_statements(collection):
                connection.execute(statement)
        if self._orders:
            connection.execute("UPDATE commit_order SET last = last + 1")
        for kind, collection, key, text in self._writes:
            _apply(connection, kind, collection, key, text)

    def end(self) -> None:
        """Refuse whatever is asked from now on."""
        self._connection = None

    def _write(self, kind: str, collection: Collection, key: str, text: str) -> None:
        self._live()
        check_key(collection, key)
        self.touched.add(collection)
        self._writes.append((kind, collection, key, text))

    def _readable(self, collection: Collection) -> sqlite3.Connection:
        if self._writes:
            raise PropCastError(
                f"{collection.name} is read after a write of the same transaction; reads come before the first write"
            )
        return self._live()

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise PropCastError("this transaction has ended; use it only inside the work given to `transact`")
        return self._connection


def _get(connection: sqlite3.Connection, collection: Collection, key: str) -> Body | None:
    check_key(collection, key)
    if not _exists(connection, collection):
        return None
    sql = f'SELECT body FROM "{collection.name}" WHERE key = ?'  # noqa: S608 - the name is checked
    row = connection.execute(sql, (key,)).fetchone()
    return None if row is None else json.loads(row[0])


def _find(
    connection: sqlite3.Connection,
    collection: Collection,
    where: Sequence[Where],
    order_by: str | None,
    descending: bool,
    limit: int | None,
) -> list[Document]:
    check_query(collection, where, order_by, limit)
    if not _exists(connection, collection):
        return []
    rows = connection.execute(*select(collection, where, order_by, descending, limit))
    return [Document(key, json.loads(body)) for key, body in rows]


def _exists(connection: sqlite3.Connection, collection: Collection) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(sql, (collection.name,)).fetchone() is not None


def _apply(connection: sqlite3.Connection, kind: str, collection: Collection, key: str, text: str) -> None:
    table = collection.name
    if kind == "delete":
        connection.execute(f'DELETE FROM "{table}" WHERE key = ?', (key,))  # noqa: S608 - the name is checked
        return
    conflict = "NOTHING" if kind == "insert" else "UPDATE SET body = excluded.body"
    sql = f'INSERT INTO "{table}" VALUES (?, ?) ON CONFLICT (key) DO {conflict}'  # noqa: S608 - the name is checked
    if connection.execute(sql, (key, text)).rowcount == 0:
        raise StoreConflict(f"{table} {key!r} exists already; somebody else was first")
