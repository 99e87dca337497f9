"""What the SQLite state store promises beside the port."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from propcast.backends.state.port import Body, Collection
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreConflict

THINGS = Collection("things", ("kind",))
BODY: Body = {"kind": "small", "n": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def set_version(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE schema_version SET version = ?", (version,))
    connection.close()


def test_what_was_committed_is_there_after_reopening(path: Path, clock: FixedClock) -> None:
    SqliteState(path, clock).transact(lambda tx: tx.insert(THINGS, "a", BODY))
    assert SqliteState(path, clock).get(THINGS, "a") == BODY


@pytest.mark.parametrize(("version", "advice"), [(99, "update the program"), (1, "delete state.sqlite")])
def test_a_store_of_another_schema_version_is_refused(path: Path, clock: FixedClock, version: int, advice: str) -> None:
    SqliteState(path, clock)
    set_version(path, version)
    with pytest.raises(StoreConflict, match=f"schema version {version}.*{advice}"):
        SqliteState(path, clock)


def test_first_openers_at_once_agree_on_one_schema(path: Path, clock: FixedClock) -> None:
    start = Barrier(8)

    def open_store(number: int) -> None:
        start.wait()
        SqliteState(path, clock).transact(lambda tx: tx.insert(THINGS, f"{number}", BODY))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_store, range(8)))
    assert len(SqliteState(path, clock).find(THINGS)) == 8
