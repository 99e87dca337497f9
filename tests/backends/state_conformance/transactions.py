"""Transactions: all or nothing, one after the other, reads before writes."""

from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread

import pytest

from propcast.backends.state.port import State, Transaction
from propcast.core.clock import FixedClock
from propcast.core.errors import PropCastError, StoreConflict
from tests.backends.state_conformance.samples import NOON, PLAIN, THINGS, increment, keys, put, thing
from tests.backends.state_sites import StateSite


def test_a_transaction_returns_what_its_work_returned(state: State) -> None:
    assert state.transact(lambda _: "result") == "result"
    assert [state.transact(increment) for _ in range(3)] == [1, 2, 3]


def test_a_key_is_inserted_once(state: State) -> None:
    put(state, THINGS, a=thing("first"))
    with pytest.raises(StoreConflict, match="'a' exists already"):
        state.transact(lambda tx: tx.insert(THINGS, "a", thing("second")))
    assert state.get(THINGS, "a") == thing("first")


def test_a_conflict_undoes_the_whole_transaction(state: State) -> None:
    put(state, THINGS, a=thing("first"), gone=thing())

    def work(tx: Transaction) -> None:
        tx.put(PLAIN, "before", {})
        tx.delete(THINGS, "gone")
        tx.insert(THINGS, "a", thing("second"))
        tx.insert(THINGS, "after", thing())

    with pytest.raises(StoreConflict):
        state.transact(work)
    assert (keys(state, THINGS), keys(state, PLAIN)) == (["a", "gone"], [])


def test_a_conflict_is_not_forgotten_by_work_that_goes_on(state: State) -> None:
    put(state, THINGS, a=thing("first"))

    def careless(tx: Transaction) -> None:
        with suppress(StoreConflict):
            tx.insert(THINGS, "a", thing("second"))
        tx.put(THINGS, "b", thing())

    with pytest.raises(StoreConflict):
        state.transact(careless)
    assert keys(state, THINGS) == ["a"]


def test_inserting_twice_in_one_transaction_is_a_conflict(state: State) -> None:
    def work(tx: Transaction) -> None:
        tx.insert(THINGS, "a", thing())
        tx.insert(THINGS, "a", thing())

    with pytest.raises(StoreConflict):
        state.transact(work)
    assert keys(state, THINGS) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_written_and_the_store_usable(state: State, error: type[BaseException]) -> None:
    def work(tx: Transaction) -> None:
        tx.insert(THINGS, "a", thing())
        tx.insert(PLAIN, "new collection", {})
        raise error

    with pytest.raises(error):
        state.transact(work)
    assert (keys(state, THINGS), keys(state, PLAIN)) == ([], [])
    put(state, PLAIN, b={})
    assert keys(state, PLAIN) == ["b"]


def test_writes_of_one_transaction_apply_in_order(state: State) -> None:
    def work(tx: Transaction) -> None:
        tx.insert(THINGS, "a", thing("first"))
        tx.put(THINGS, "a", thing("second"))
        tx.put(THINGS, "b", thing())
        tx.delete(THINGS, "b")
        tx.delete(THINGS, "absent")
        tx.insert(THINGS, "b", thing("again"))

    state.transact(work)
    assert (state.get(THINGS, "a"), state.get(THINGS, "b")) == (thing("second"), thing("again"))


def test_a_read_after_a_write_is_refused(state: State) -> None:
    def reads(tx: Transaction) -> None:
        tx.get(THINGS, "a")
        tx.put(THINGS, "a", thing())
        tx.get(PLAIN, "b")

    def finds(tx: Transaction) -> None:
        tx.delete(THINGS, "a")
        tx.find(PLAIN)

    for work in (reads, finds):
        with pytest.raises(PropCastError, match="read after a write"):
            state.transact(work)
    assert keys(state, THINGS) == []


def test_a_transaction_inside_a_transaction_is_refused(state: State) -> None:
    with pytest.raises(PropCastError, match="inside a transaction"):
        state.transact(lambda _: state.transact(increment))
    assert state.transact(increment) == 1


@pytest.mark.parametrize("fails", [False, True])
def test_a_transaction_is_of_no_use_after_its_end(state: State, fails: bool) -> None:
    kept: list[Transaction] = []

    def work(tx: Transaction) -> None:
        kept.append(tx)
        if fails:
            raise ValueError

    try:
        state.transact(work)
    except ValueError:
        assert fails
    for late in (lambda: kept[0].get(THINGS, "a"), lambda: kept[0].put(THINGS, "a", thing()), kept[0].order):
        with pytest.raises(PropCastError, match="has ended"):
            late()


def test_nothing_of_a_transaction_is_visible_before_its_end(state_site: StateSite, clock: FixedClock) -> None:
    """Neither to another handle nor to another thread of the same one; both see all of it afterwards."""
    state, other = state_site.open(clock), state_site.open(clock)
    put(state, THINGS, a=thing("old"))
    written, looked = Event(), Event()

    def slow(tx: Transaction) -> None:
        tx.put(THINGS, "a", thing("new"))
        tx.put(THINGS, "b", thing("new"))
        written.set()
        assert looked.wait(20)

    writer = Thread(target=state.transact, args=(slow,))
    writer.start()
    assert written.wait(20)
    before = [(handle.get(THINGS, "a"), handle.find(THINGS)[0].body, keys(handle, THINGS)) for handle in (state, other)]
    looked.set()
    writer.join()
    assert before == [(thing("old"), thing("old"), ["a"])] * 2
    assert [keys(handle, THINGS) for handle in (state, other)] == [["a", "b"]] * 2


def test_what_a_transaction_read_does_not_change_under_it(state_site: StateSite, clock: FixedClock) -> None:
    """A second writer waits for the first, or the first runs again: either way no increment is lost."""
    state, other = state_site.open(clock), state_site.open(clock)
    read, started = Event(), Event()

    def slow(tx: Transaction) -> None:
        number = int(str((tx.get(PLAIN, "counter") or {"n": 0})["n"]))
        read.set()
        assert started.wait(20)
        tx.put(PLAIN, "counter", {"n": number + 1})

    def second() -> None:
        assert read.wait(20)
        started.set()
        other.transact(increment)

    threads = [Thread(target=state.transact, args=(slow,)), Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.get(PLAIN, "counter") == {"n": 2}


def test_time_is_the_stores(state_site: StateSite) -> None:
    clock = FixedClock(NOON)
    state = state_site.open(clock)

    def work(tx: Transaction) -> None:
        assert tx.now == NOON
        clock.instant = NOON + timedelta(seconds=1)
        assert tx.now == NOON

    state.transact(work)
    assert state.now() == NOON + timedelta(seconds=1)
    state.transact(lambda tx: tx.put(PLAIN, "at", {"at": str(tx.now)}))
    assert state.get(PLAIN, "at") == {"at": "2025-10-24 12:00:01+00:00"}


def test_order_is_the_order_of_commits_whatever_the_clock_says(state_site: StateSite) -> None:
    clock = FixedClock(NOON)
    handles = [state_site.open(clock), state_site.open(clock)]
    given: list[str] = []
    for turn in range(20):
        clock.instant = NOON - timedelta(seconds=turn)
        given += handles[turn % 2].transact(lambda tx: [tx.order() for _ in range(12)])
    assert given == sorted(set(given))
    assert len(given) == 240


def test_an_order_that_was_rolled_back_may_come_again_but_never_out_of_order(state: State) -> None:
    def work(tx: Transaction) -> None:
        tx.insert(PLAIN, tx.order(), {})
        raise ValueError

    first = state.transact(lambda tx: tx.order())
    with pytest.raises(ValueError):  # noqa: PT011 - raised by the work itself
        state.transact(work)
    assert first < state.transact(lambda tx: tx.order())
