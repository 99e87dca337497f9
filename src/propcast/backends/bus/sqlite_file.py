"""One SQLite file in write-ahead mode, shared by threads and processes."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from propcast.backends.locks import exclusive
from propcast.core.errors import StoreConflict, StoreUnavailable

_TRANSIENT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
}


@dataclass(frozen=True)
class Schema:
    """The tables of a file, and the number under which a program knows them again."""

    version: int
    create: str


class SqliteFile:
    """A file with one connection per handle; readers never wait for writers, writers wait for each other.

    With `FULL` a commit is on the disk when it returns; with `NORMAL` the last ones may be undone by a power cut, as if
    they had not happened.
    """

    def __init__(self, path: Path, schema: Schema, locked_s: float, durable: Literal["FULL", "NORMAL"]) -> None:
        self.path = path
        self._schema = schema
        self._locked_s = locked_s
        self._durable = durable
        self._open()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for single statements; each sees the last commit."""
        if self._process != os.getpid():
            self._leave_parent()
        with self._guard, self._translated():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file's one write transaction: committed at the end, rolled back on an exception."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def others_commits(self) -> int:
        """Return a number that changes when another connection commits; cheap, and it waits for no writer."""
        with self.reading() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            return int(version)

    def close(self) -> None:
        """Close the connection; a handle that is dropped closes too."""
        self._finalizer()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _TRANSIENT:
                raise
            raise StoreUnavailable(f"{self.path} does not answer ({error}); try again") from error

    def _leave_parent(self) -> None:
        """Open anew: connections do not survive a fork, and closing the parent's would release its locks."""
        self._parents = self._finalizer.detach()
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._guard = threading.RLock()
        # Two first openers at once would fight over the switch to the write-ahead log.
        with self._translated(), exclusive(self.path.with_name(f"{self.path.name}.lock")):
            self._connection = _opened(self.path, self._schema, self._locked_s, self._durable)
        self._finalizer = weakref.finalize(self, self._connection.close)


def _opened(path: Path, schema: Schema, locked_s: float, durable: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=locked_s, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {durable}")
        _require_schema(connection, schema, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_schema(connection: sqlite3.Connection, schema: Schema, path: Path) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == 0:
        connection.executescript(f"BEGIN;{schema.create}PRAGMA user_version = {schema.version};COMMIT;")
    elif found != schema.version:
        raise StoreConflict(f"{path} has schema version {found}, this program needs {schema.version}; update the older")
