"""What the SQLite state store promises beside the port."""

import multiprocessing
import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier, Event
from time import monotonic, sleep

import pytest

from propcast.backends.state.port import Body, Collection, Transaction, Where
from propcast.backends.state.sqlite import SqliteState
from propcast.backends.state.sqlite_query import select
from propcast.core.clock import FixedClock
from propcast.core.errors import PropCastError, StoreConflict, StoreUnavailable
from tests.backends.samples import NOON

SPAWN = multiprocessing.get_context("spawn")
FORK = multiprocessing.get_context("fork")
forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
THINGS = Collection("things", ("kind",))
BODY: Body = {"kind": "small", "n": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def insert(key: str, tx: Transaction) -> None:
    tx.insert(THINGS, key, BODY)


def execute(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    with connection:
        rows = connection.execute(sql).fetchall()
    connection.close()
    return rows


def test_what_was_committed_is_there_after_reopening(path: Path, clock: FixedClock) -> None:
    SqliteState(path, clock).transact(partial(insert, "a"))
    assert SqliteState(path, clock).get(THINGS, "a") == BODY


@pytest.mark.parametrize(("version", "advice"), [(99, "update the program"), (1, "delete state.sqlite")])
def test_a_store_of_another_schema_version_is_refused(path: Path, clock: FixedClock, version: int, advice: str) -> None:
    SqliteState(path, clock)
    execute(path, f"UPDATE schema_version SET version = {version}")  # noqa: S608
    with pytest.raises(StoreConflict, match=f"schema version {version}.*{advice}"):
        SqliteState(path, clock)


def test_first_openers_at_once_agree_on_one_schema(path: Path, clock: FixedClock) -> None:
    start = Barrier(8)

    def open_store(number: int) -> None:
        start.wait()
        SqliteState(path, clock).transact(partial(insert, f"{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_store, range(8)))
    assert len(SqliteState(path, clock).find(THINGS)) == 8


def test_the_file_is_in_write_ahead_mode_and_every_commit_is_synced(path: Path, clock: FixedClock) -> None:
    state = SqliteState(path, clock)
    assert execute(path, "PRAGMA journal_mode") == [("wal",)]
    with state._file.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_declared_fields_are_found_by_index(path: Path, clock: FixedClock) -> None:
    SqliteState(path, clock).transact(partial(insert, "a"))
    for where, order in (([Where("kind", "==", "x")], None), ([Where("kind", ">", "x")], "kind"), ([], "kind")):
        sql, values = select(THINGS, where, order, descending=True, limit=5)
        connection = sqlite3.connect(path)
        plan = " ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))
        connection.close()
        assert "INDEX things by kind" in plan
        assert "TEMP B-TREE" not in plan


@forks
def test_a_store_goes_on_in_a_forked_child(path: Path, clock: FixedClock) -> None:
    """Also when the parent, which had the file open, closes it first."""
    state = SqliteState(path, clock)
    state.transact(partial(insert, "before"))
    ours, theirs = FORK.Pipe()
    child = FORK.Process(target=write_when_told, args=(state, theirs))
    child.start()
    assert ours.recv() == "opened"
    state.transact(partial(insert, "parent"))
    del state
    ours.send("write")
    assert ours.recv() == "written"
    # As a power cut would: what is not in the file now was never there.
    child.kill()
    child.join()
    assert [document.key for document in SqliteState(path, clock).find(THINGS)] == ["before", "child", "parent"]


@forks
def test_a_fork_waits_for_the_transaction_of_another_thread(path: Path, clock: FixedClock) -> None:
    state = SqliteState(path, clock)
    begun = Event()

    def work(tx: Transaction) -> None:
        tx.get(THINGS, "a")
        begun.set()
        sleep(0.05)  # so that the fork comes before the end
        tx.insert(THINGS, "thread", BODY)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(state.transact, work)
        assert begun.wait(20)
        child = FORK.Process(target=state.transact, args=(partial(insert, "child"),))
        child.start()
        child.join(20)
    assert child.exitcode == 0
    assert [document.key for document in state.find(THINGS)] == ["child", "thread"]


@forks
def test_a_child_forked_inside_a_transaction_is_refused_and_does_no_harm(path: Path, clock: FixedClock) -> None:
    state = SqliteState(path, clock)
    children = []

    def work(tx: Transaction) -> None:
        tx.get(THINGS, "a")
        children.append(FORK.Process(target=refused_in_child, args=(state, path)))
        children[0].start()
        children[0].join(20)
        tx.insert(THINGS, "parent", BODY)

    state.transact(work)
    assert children[0].exitcode == 0
    assert [document.key for document in state.find(THINGS)] == ["parent"]


@pytest.mark.proves("B1")
def test_a_paused_writer_blocks_no_reader_and_a_writer_only_for_a_while(path: Path, clock: FixedClock) -> None:
    state = SqliteState(path, clock, busy_s=0.05)
    state.transact(partial(insert, "a"))
    ours, theirs = SPAWN.Pipe(duplex=False)
    paused = SPAWN.Process(target=pause_in_transaction, args=(path, theirs))
    paused.start()
    ours.recv()
    os.kill(paused.pid or 0, signal.SIGSTOP)
    began = monotonic()
    assert state.get(THINGS, "a") == BODY
    assert SqliteState(path, clock).get(THINGS, "a") == BODY
    with pytest.raises(StoreUnavailable, match=r"state\.sqlite does not answer .*try again"):
        state.transact(partial(insert, "b"))
    assert monotonic() - began < 10
    paused.kill()
    paused.join()
    state.transact(partial(insert, "b"))


def test_a_waiting_writer_of_a_process_blocks_no_reader_of_it(path: Path, clock: FixedClock) -> None:
    state, other = SqliteState(path, clock), SqliteState(path, clock)
    state.transact(partial(insert, "a"))
    with ThreadPoolExecutor(1) as pool:

        def work(tx: Transaction) -> None:
            waiting = pool.submit(state.transact, partial(insert, "b"))
            while not waiting.running():
                sleep(0.001)
            assert state.get(THINGS, "a") == BODY
            assert not waiting.done()

        other.transact(work)
    assert state.get(THINGS, "b") == BODY


@pytest.mark.parametrize("pages", [0, 1, 5])
@pytest.mark.proves("B1")
def test_a_full_disk_is_an_error_that_may_pass_and_leaves_nothing(path: Path, clock: FixedClock, pages: int) -> None:
    state = SqliteState(path, clock)
    state.transact(partial(insert, "a"))
    with state._file.writing() as connection:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {used + pages}")

    def large(tx: Transaction) -> None:
        for number in range(20):
            tx.put(THINGS, f"{number}", {**BODY, "more": "x" * 4_000})

    with pytest.raises(StoreUnavailable, match="full"):
        state.transact(large)
    assert [document.key for document in state.find(THINGS)] == ["a"]
    with state._file.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    state.transact(large)
    assert len(state.find(THINGS)) == 21


def pause_in_transaction(path: Path, progress: Connection) -> None:
    def work(tx: Transaction) -> None:
        tx.put(THINGS, "paused", BODY)
        progress.send("in the middle")
        sleep(60)

    SqliteState(path, FixedClock(NOON)).transact(work)


def write_when_told(state: SqliteState, pipe: Connection) -> None:
    state.find(THINGS)
    pipe.send("opened")
    pipe.recv()
    state.transact(partial(insert, "child"))
    pipe.send("written")
    sleep(60)


def refused_in_child(state: SqliteState, path: Path) -> None:
    for attempt in (lambda: state.transact(partial(insert, "child")), lambda: SqliteState(path, FixedClock(NOON))):
        with pytest.raises(PropCastError, match="forked in the middle of a transaction"):
            attempt()
