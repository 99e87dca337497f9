"""The bus file: opened by many at once, locked, full, of another version, after a fork."""

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.core.clock import SystemClock
from propcast.core.errors import StoreConflict, StoreUnavailable

CLOCK = SystemClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bus.sqlite"


def test_many_first_openers_make_one_bus(path: Path) -> None:
    start = threading.Barrier(8)

    def open_and_publish(n: int) -> str:
        start.wait()
        bus = SqliteBus(path, CLOCK)
        bus.ensure(["t"], [])
        return bus.publish("t", [({"n": n}, {})])[0]

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(open_and_publish, range(8)))
    assert len(set(ids)) == 8
    assert len({each.partition("-")[0] for each in ids}) == 1


def test_a_bus_that_is_locked_for_too_long_is_unavailable_and_recovers(path: Path) -> None:
    bus = SqliteBus(path, CLOCK, BusTimes(locked_s=0.05))
    bus.ensure(["t"], [])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"bus\.sqlite"):
        bus.publish("t", [({}, {})])
    other.execute("ROLLBACK")
    other.close()
    assert bus.publish("t", [({}, {})])


@pytest.mark.proves("B1")
def test_on_a_full_disk_all_of_a_publication_fails_and_the_bus_goes_on(path: Path) -> None:
    bus = SqliteBus(path, CLOCK)
    bus.ensure(["t"], [])
    with bus._file.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"):
        bus.publish("t", [({"n": n, "text": "x" * 9000}, {}) for n in range(20)])
    with bus._file.writing() as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone()[0] == 0
        connection.execute("PRAGMA max_page_count = 100000")
    assert bus.publish("t", [({}, {})])


def test_a_file_of_another_version_is_refused_untouched(path: Path) -> None:
    SqliteBus(path, CLOCK)
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StoreConflict, match="version 99"):
        SqliteBus(path, CLOCK)


def test_a_forked_child_publishes_on_a_connection_of_its_own(path: Path) -> None:
    bus = SqliteBus(path, CLOCK)
    bus.ensure(["t"], [])
    with bus._file.writing() as parents:
        pass
    child = os.fork()
    if child == 0:
        bus.publish("t", [({"from": "child"}, {})])
        with bus._file.writing() as childs:
            os._exit(0 if childs is not parents else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert bus.publish("t", [({"from": "parent"}, {})])


def test_threads_share_one_handle(path: Path) -> None:
    bus = SqliteBus(path, CLOCK)
    bus.ensure(["t"], [])
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: bus.publish("t", [({"n": n}, {})])[0], range(100)))
    assert len(set(ids)) == 100


def test_a_handle_hears_of_the_commits_of_others_and_not_of_its_own(path: Path) -> None:
    bus = SqliteBus(path, CLOCK)
    before = bus._file.others_commits()
    bus.ensure(["t"], [])
    assert bus._file.others_commits() == before
    SqliteBus(path, CLOCK).publish("t", [({}, {})])
    assert bus._file.others_commits() != before


def test_a_closed_or_dropped_handle_closes_its_connections(path: Path) -> None:
    closed, dropped = SqliteBus(path, CLOCK), SqliteBus(path, CLOCK)
    connections = [*connections_of(closed), *connections_of(dropped)]
    closed._file.close()
    del dropped
    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def connections_of(bus: SqliteBus) -> list[sqlite3.Connection]:
    with bus._file.reading() as reader, bus._file.writing() as writer:
        return [reader, writer]
