"""One SQLite file in write-ahead mode: its connections, its schema version, its transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from propcast.backends.locks import exclusive
from propcast.backends.state.sqlite_connection import SharedConnection
from propcast.core.errors import PropCastError, StoreConflict, StoreUnavailable

VERSION = 2
"""Version 1 had tables of its own for runs, expected outputs and slates; no release ever wrote it."""

_CREATE = f"""
BEGIN IMMEDIATE;
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE commit_order (last INTEGER NOT NULL);
INSERT INTO schema_version VALUES ({VERSION});
INSERT INTO commit_order VALUES (0);
COMMIT;
"""  # noqa: S608 - the version is a constant
_TRANSIENT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
}


class SqliteFile:
    """A file shared by threads and processes: readers never wait for writers, writers wait for each other."""

    def __init__(self, path: Path, busy_s: float) -> None:
        self.path = path
        opener = partial(_open, busy_s=busy_s)
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
        """Hold the store's one write transaction, committed to disk at the end, rolled back on an exception."""
        with self._translated(), self._writer.held() as connection:
            _require_idle(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _TRANSIENT:
                raise
            raise StoreUnavailable(f"{self.path} does not answer ({error}); try again") from error


def _open(path: Path, busy_s: float) -> sqlite3.Connection:
    # Two first openers at once would fight over the switch to the write-ahead log.
    with exclusive(path.with_name(f"{path.name}.lock")):
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            _require_schema(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _require_idle(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        raise PropCastError("a transaction was opened inside a transaction; hand the open one on instead")


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    known = "SELECT 1 FROM sqlite_master WHERE name = 'schema_version'"
    with closing(connection.cursor()) as cursor:
        if not cursor.execute(known).fetchone():
            cursor.executescript(_CREATE)
        (found,) = cursor.execute("SELECT version FROM schema_version").fetchone()
    if found < VERSION:
        raise StoreConflict(
            f"{path} has schema version {found} of an unreleased program, this one needs {VERSION}; "
            f"delete {path.name} and its -wal and -shm files, then run `propcast day` again for the days that matter, "
            "or import again into a new home"
        )
    if found > VERSION:
        raise StoreConflict(f"{path} has schema version {found}, this program needs {VERSION}; update the program")
