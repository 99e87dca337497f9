"""One SQLite connection that threads take in turn and that a fork does not carry over."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from propcast.core.errors import PropCastError

_FORK_WAIT_S = 5


class SharedConnection:
    """Opened on first use, held by one thread at a time, closed before a fork and opened anew on both sides.

    SQLite keeps its locks in the memory of the process as well: a child that inherits an open file believes that it
    holds locks which only its parent holds.
    """

    def __init__(self, path: Path, opener: Callable[[Path], sqlite3.Connection]) -> None:
        self.number = next(_NUMBERS)
        self._path = path
        self._opener = opener
        self._guard = threading.RLock()
        self._opened: sqlite3.Connection | None = None
        self._close: Callable[[], object] = lambda: None
        self._is_suspended = False
        _CONNECTIONS.add(self)

    @contextmanager
    def held(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection until the block ends."""
        with self._guard:
            yield self._opened or self._open()

    def close(self) -> None:
        """Close the connection, which the next holder opens anew; one that is dropped is closed too."""
        with self._guard:
            self._close()
            self._opened = None

    def suspend(self) -> None:
        """Wait for the thread that holds the connection and close it; one in the middle of a transaction stays."""
        self._is_suspended = self._guard.acquire(timeout=_FORK_WAIT_S)
        if self._is_suspended and self._opened is not None and not self._opened.in_transaction:
            self.close()

    def resume(self) -> None:
        """Let threads hold the connection again."""
        if self._is_suspended:
            self._guard.release()

    def restart(self) -> None:
        """Begin anew in a forked child, whose other threads are gone."""
        if self._opened is not None:
            _LEFT_OPEN.append((self._path, self._opened))
        self._guard = threading.RLock()
        self._opened = None

    def _open(self) -> sqlite3.Connection:
        if self._path in (path for path, _ in _LEFT_OPEN):
            raise PropCastError(
                f"this process was forked in the middle of a transaction of {self._path}; spawn instead"
            )
        self._opened = opened = self._opener(self._path)
        self._close = weakref.finalize(self, opened.close)
        return opened


_NUMBERS = count()
_CONNECTIONS: weakref.WeakSet[SharedConnection] = weakref.WeakSet()
_LEFT_OPEN: list[tuple[Path, sqlite3.Connection]] = []


def _all() -> list[SharedConnection]:
    # In one order, so that two threads never wait for each other.
    return sorted(_CONNECTIONS, key=lambda connection: connection.number)


def _before_fork() -> None:
    for connection in _all():
        connection.suspend()


def _after_fork_in_parent() -> None:
    for connection in _all():
        connection.resume()


def _after_fork_in_child() -> None:
    for connection in _all():
        connection.restart()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
