"""The local state store: one SQLite file, shared by threads and processes."""

import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from propcast.backends.locks import exclusive
from propcast.backends.state import schema
from propcast.backends.state.port import CurrentSlate, ExpectedOutput, Run, StepState
from propcast.backends.state.rows import (
    instant_text,
    output_of,
    output_row,
    run_of,
    run_row,
    slate_of,
    slate_row,
)
from propcast.core.errors import StoreConflict
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport

PUBLISHED_TOPIC = "slate-published"
_BUSY_S = 30

_OPEN_RUN = """
INSERT INTO runs VALUES (:run_id, :step, :sport, :game_day, :opened_at, :inputs,
                         :closed_at, :outcome, :reason, :counts, :version)
"""
_CLOSE_RUN = """
UPDATE runs SET closed_at = ?, outcome = ?, reason = ?, counts = ? WHERE run_id = ? AND closed_at IS NULL
"""
_EXPECT = """
INSERT INTO expected_outputs VALUES (:sport, :game_day, :step, :event_id, :expected, :state, :reason, :actual)
ON CONFLICT DO UPDATE SET expected = excluded.expected
"""
_MARK = """
INSERT INTO expected_outputs VALUES (:sport, :game_day, :step, :event_id, :expected, :state, :reason, :actual)
ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, actual = excluded.actual
"""
_FLIP = """
INSERT INTO current_slates VALUES (:sport, :game_day, :batch_id, :published_at, :counts)
ON CONFLICT DO UPDATE SET batch_id = excluded.batch_id, published_at = excluded.published_at, counts = excluded.counts
WHERE batch_id <> excluded.batch_id
"""


class SqliteState:
    """`port.State` in one file: write-ahead log, every commit synced to disk, short transactions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.RLock()
        self._connect()

    def open_run(self, run: Run) -> None:
        """Record that an attempt has started; `StoreConflict` when the id is taken."""
        row = run_row(run)
        with self._transaction() as connection:
            try:
                connection.execute(_OPEN_RUN, row)
            except sqlite3.IntegrityError as error:
                raise StoreConflict(f"run {run.run_id!r} exists already; every attempt has its own id") from error

    def close_run(
        self, run_id: str, *, closed_at: datetime, outcome: StepState, reason: str = "", counts: dict[str, int]
    ) -> None:
        """Close an open attempt; `StoreConflict` when it is unknown or already closed."""
        values = (instant_text(closed_at), outcome, reason, json.dumps(counts), run_id)
        with self._transaction() as connection:
            if connection.execute(_CLOSE_RUN, values).rowcount == 0:
                raise StoreConflict(f"run {run_id!r} is not open; it was closed before or never opened")

    def runs(
        self, sport: Sport | None = None, game_day: GameDay | None = None, step: str | None = None, limit: int = 100
    ) -> list[Run]:
        """Return attempts, newest first; None filters nothing."""
        day = None if game_day is None else str(game_day)
        rows = self._query(
            "SELECT * FROM runs WHERE (:sport IS NULL OR sport = :sport) AND (:day IS NULL OR game_day = :day) "
            "AND (:step IS NULL OR step = :step) ORDER BY opened_at DESC, rowid DESC LIMIT :limit",
            {"sport": sport, "day": day, "step": step, "limit": limit},
        )
        return [run_of(row) for row in rows]

    def expect(self, outputs: Sequence[ExpectedOutput]) -> None:
        """Declare cells of the grid; a cell that exists keeps its state, its expected number is updated."""
        with self._transaction() as connection:
            connection.executemany(_EXPECT, [output_row(output) for output in outputs])

    def mark(self, outputs: Sequence[ExpectedOutput]) -> None:
        """Set state, reason and actual number of cells, in one transaction; an undeclared cell is added."""
        with self._transaction() as connection:
            connection.executemany(_MARK, [output_row(output) for output in outputs])

    def expected(self, sport: Sport, game_day: GameDay) -> list[ExpectedOutput]:
        """Return the grid of one game day, by step and event."""
        rows = self._query(
            "SELECT * FROM expected_outputs WHERE sport = :sport AND game_day = :day ORDER BY step, event_id",
            {"sport": sport, "day": str(game_day)},
        )
        return [output_of(row) for row in rows]

    def publish(self, slate: CurrentSlate) -> bool:
        """Flip the current pointer and put one `slate-published` row in the outbox, in one transaction.

        Returns False, and changes nothing, when that batch is current already.
        """
        row = slate_row(slate)
        with self._transaction() as connection:
            if connection.execute(_FLIP, row).rowcount == 0:
                return False
            connection.execute(
                "INSERT INTO outbox (topic, body, created_at) VALUES (?, ?, ?)",
                (PUBLISHED_TOPIC, json.dumps({**row, "counts": slate.counts}), row["published_at"]),
            )
            return True

    def current(self, sport: Sport, game_day: GameDay) -> CurrentSlate | None:
        """Return the current slate, or None when nothing was published."""
        found = self.current_between(sport, game_day, game_day)
        return found[0] if found else None

    def current_between(self, sport: Sport, first: GameDay, last: GameDay) -> list[CurrentSlate]:
        """Return the current slates of a span of game days, both inclusive, oldest first."""
        rows = self._query(
            "SELECT * FROM current_slates WHERE sport = :sport AND game_day BETWEEN :first AND :last ORDER BY game_day",
            {"sport": sport, "first": str(first), "last": str(last)},
        )
        return [slate_of(row) for row in rows]

    def _query(self, sql: str, values: dict[str, str | int | None]) -> list[sqlite3.Row]:
        with self._guard:
            rows: list[sqlite3.Row] = self._live().execute(sql, values).fetchall()
            return rows

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            connection = self._live()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _live(self) -> sqlite3.Connection:
        if self._process != os.getpid():
            # SQLite connections do not survive a fork.
            self._connect()
        return self._connection

    def _connect(self) -> None:
        # Two first openers at once would fight over the switch to the write-ahead log.
        with exclusive(self._path.with_name(f"{self._path.name}.lock")):
            self._connection = _opened(self._path)
        self._process = os.getpid()
        weakref.finalize(self, self._connection.close)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    try:
        _require_schema(connection, path)
    except StoreConflict:
        connection.close()
        raise
    return connection


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone():
        connection.executescript(f"BEGIN;{schema.CREATE}")
        connection.execute("INSERT INTO schema_version VALUES (?)", (schema.VERSION,))
        connection.execute("COMMIT")
    found = connection.execute("SELECT version FROM schema_version").fetchone()["version"]
    if found != schema.VERSION:
        raise StoreConflict(f"{path} has schema version {found}, this program needs {schema.VERSION}; update it")
