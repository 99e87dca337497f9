"""Many processes at once, and processes that die."""

import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from time import sleep

import pytest

from propcast.backends.state.port import State, Transaction
from propcast.core.clock import FixedClock
from tests.backends.state_conformance.samples import NOON, PLAIN, THINGS, increment, keys, thing
from tests.backends.state_sites import StateSite

SPAWN = multiprocessing.get_context("spawn")
WORKERS, TURNS, DOCUMENTS = 4, 25, 20


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(WORKERS, mp_context=SPAWN) as executor:
        yield executor


@pytest.mark.proves("L26")
def test_no_increment_of_many_processes_is_lost(state_site: StateSite, pool: ProcessPoolExecutor) -> None:
    """They also open the empty store at once, and each sees a number that no other one sees."""
    seen = [number for numbers in pool.map(increments, [state_site] * WORKERS) for number in numbers]
    assert sorted(seen) == list(range(1, WORKERS * TURNS + 1))
    assert state_site.open(FixedClock(NOON)).get(PLAIN, "counter") == {"n": WORKERS * TURNS}


def test_threads_share_one_store(state: State) -> None:
    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(lambda _: state.transact(increment), range(40)))
    assert sorted(seen) == list(range(1, 41))


@pytest.mark.proves("B8")
def test_one_of_many_inserts_at_once_wins(state_site: StateSite, pool: ProcessPoolExecutor) -> None:
    wins = [won for winners in pool.map(inserts, [state_site] * WORKERS, range(WORKERS)) for won in winners]
    state = state_site.open(FixedClock(NOON))
    assert sorted(wins) == sorted(str(state.find(THINGS)[turn].body["kind"]) for turn in range(TURNS))


@pytest.mark.proves("B2")
def test_a_process_killed_in_the_middle_of_a_transaction_leaves_nothing_of_it(state_site: StateSite) -> None:
    state = state_site.open(FixedClock(NOON))
    state.transact(increment)
    ours, theirs = SPAWN.Pipe(duplex=False)
    victim = SPAWN.Process(target=stop_in_the_middle, args=(state_site, theirs))
    victim.start()
    assert ours.recv() == "in the middle"
    victim.kill()
    victim.join()
    assert keys(state, THINGS) == []
    assert state.transact(increment) == 2


@pytest.mark.proves("B2")
def test_a_process_killed_at_any_instant_loses_nothing_it_committed(state_site: StateSite) -> None:
    state, rng = state_site.open(FixedClock(NOON)), random.Random(3)  # noqa: S311
    last = 0
    for _ in range(4):
        ours, theirs = SPAWN.Pipe(duplex=False)
        victim = SPAWN.Process(target=write_until_killed, args=(state_site, theirs))
        victim.start()
        reported = [ours.recv() for _ in range(3)]
        sleep(rng.random() / 100)  # the instant is random on purpose
        victim.kill()
        victim.join()
        while ours.poll():
            reported.append(ours.recv())
        body = state.get(PLAIN, "counter")
        assert body is not None
        assert {document.body["size"] for document in state.find(THINGS)} == {body["n"]}
        assert last < reported[0] <= reported[-1] <= int(str(body["n"])) <= reported[-1] + 1
        last = reported[-1]


def increments(site: StateSite) -> list[int]:
    state = site.open(FixedClock(NOON))
    return [state.transact(increment) for _ in range(TURNS)]


def inserts(site: StateSite, worker: int) -> list[str]:
    state = site.open(FixedClock(NOON))
    return [name for turn in range(TURNS) if (name := state.transact(partial(insert, turn, worker)))]


def insert(turn: int, worker: int, tx: Transaction) -> str:
    if tx.get(THINGS, f"{turn:02d}") is not None:
        return ""
    name = f"{turn:02d} by {worker}"
    tx.insert(THINGS, f"{turn:02d}", thing(name))
    return name


def stop_in_the_middle(site: StateSite, progress: Connection) -> None:
    def work(tx: Transaction) -> None:
        increment(tx)
        tx.put(THINGS, "a", thing())
        progress.send("in the middle")
        sleep(60)

    site.open(FixedClock(NOON)).transact(work)


def write_until_killed(site: StateSite, progress: Connection) -> None:
    """Write a number into many documents at once; report it after the commit."""

    def work(tx: Transaction) -> int:
        number = increment(tx)
        for name in range(DOCUMENTS):
            tx.put(THINGS, f"{name}", thing(size=number, more="x" * 2000))
        return number

    state = site.open(FixedClock(NOON))
    for _ in count():
        progress.send(state.transact(work))
