"""One write transaction of the SQLite state store."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from propcast.backends.state import sqlite_query
from propcast.backends.state.port import Body, Collection, Document, Where
from propcast.backends.state.rules import check_change, check_key, encode
from propcast.core.errors import PropCastError, StoreConflict


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
        return sqlite_query.get(self._readable(collection), collection, key)

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
        return sqlite_query.find(self._readable(collection), collection, where, order_by, descending, limit)

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
            for statement in sqlite_query.create_statements(collection):
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


def _apply(connection: sqlite3.Connection, kind: str, collection: Collection, key: str, text: str) -> None:
    table = collection.name
    if kind == "delete":
        connection.execute(f'DELETE FROM "{table}" WHERE key = ?', (key,))  # noqa: S608 - the name is checked
        return
    conflict = "NOTHING" if kind == "insert" else "UPDATE SET body = excluded.body"
    sql = f'INSERT INTO "{table}" VALUES (?, ?) ON CONFLICT (key) DO {conflict}'  # noqa: S608 - the name is checked
    if connection.execute(sql, (key, text)).rowcount == 0:
        raise StoreConflict(f"{table} {key!r} exists already; somebody else was first")
