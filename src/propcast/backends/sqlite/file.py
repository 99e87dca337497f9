"""One SQLite file in write-ahead mode: its connections and its transactions."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from propcast.backends.locks import exclusive
from propcast.backends.sqlite.connection import SharedConnection
from propcast.core.errors import PropCastError, StoreUnavailable

Prepare: TypeAlias = Callable[[sqlite3.Connection, Path], None]
"""Makes a new connection ready: creates the tables of an empty file, refuses a file of another version."""

_TRANSIENT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
}


class SqliteFile:
    """A file shared by threads and processes: readers never wait for writers, writers wait for each other.

    With `FULL` a commit is on the disk when it returns; with `NORMAL` the last ones may be undone by a power cut, as if
    they had not happened. `locked_s` is the wait for another writer before the file is unavailable.
    """

    def __init__(self, path: Path, prepare: Prepare, *, locked_s: float, durable: Literal["FULL", "NORMAL"]) -> None:
        self.path = path
        opener = partial(_open, prepare=prepare, locked_s=locked_s, durable=durable)
        # The writer first: a transaction that holds it may look through the reader.
        self._writer = SharedConnection(path, opener)
        self._reader = SharedConnection(path, opener)
        with self._translated(), self._writer.held():
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for single statements; each sees the last commit."""
        with self._translated(), self._reader.held() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file's one write transaction: committed at the end, rolled back on an exception."""
        with self._translated(), self._writer.held() as connection:
            _require_idle(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def others_commits(self) -> int:
        """Return a number that changes when another handle commits; cheap, and it waits for no other handle."""
        # Asked of the writer: to the reader, this handle's own commits are another connection's.
        with self._translated(), self._writer.held() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            return int(version)

    def close(self) -> None:
        """Close the connections; a handle that is dropped closes too."""
        self._writer.close()
        self._reader.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _TRANSIENT:
                raise
            raise StoreUnavailable(f"{self.path} does not answer ({error}); try again") from error


def _open(path: Path, prepare: Prepare, locked_s: float, durable: str) -> sqlite3.Connection:
    # Two first openers at once would fight over the switch to the write-ahead log.
    with exclusive(path.with_name(f"{path.name}.lock")):
        connection = sqlite3.connect(path, timeout=locked_s, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {durable}")
            prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _require_idle(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        raise PropCastError("a transaction was opened inside a transaction; hand the open one on instead")
