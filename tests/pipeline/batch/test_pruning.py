"""A sweep forgets messages that are handled or sent and old, a bounded number at a time, and no others."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

import pytest

from propcast.backends.compose import Backends
from propcast.backends.state import inbox
from propcast.backends.state.dispatcher import Dispatcher
from propcast.backends.state.inbox import INBOX
from propcast.backends.state.outbox import OUTBOX, SENT
from propcast.backends.state.port import Transaction
from propcast.core.clock import FixedClock
from propcast.pipeline.batch.sweeping import Swept, sweep
from tests.backends.outbox_samples import ListBus, owe
from tests.pipeline.conftest import NOW

WEEK = timedelta(days=7)


def handle(tx: Transaction, numbers: Iterable[int]) -> None:
    for number in numbers:
        inbox.record(tx, "worker/predict", f"{number}")


def swept_at(backends: Backends, age: timedelta) -> Swept:
    assert isinstance(backends.clock, FixedClock)
    backends.clock.instant = NOW + age
    return sweep(backends, Dispatcher(backends.state, ListBus()), holder="coordinator")


@pytest.fixture
def handled(empty_home: Backends) -> Backends:
    """A home in which two messages were handled and two were sent just now."""
    empty_home.state.transact(partial(handle, numbers=range(2)))
    owe(empty_home.state, 1, 2)
    Dispatcher(empty_home.state, ListBus()).dispatch()
    return empty_home


def test_messages_of_the_last_seven_days_are_remembered(handled: Backends) -> None:
    swept_at(handled, WEEK)
    assert [len(handled.state.find(each)) for each in (INBOX, SENT)] == [2, 2]


def test_older_ones_are_forgotten_and_that_is_no_work_left_undone(handled: Backends) -> None:
    assert not swept_at(handled, WEEK + timedelta(seconds=1)).found_work
    assert [handled.state.find(each) for each in (INBOX, SENT)] == [[], []]


def test_what_waits_to_be_sent_is_never_forgotten(empty_home: Backends) -> None:
    owe(empty_home.state, 1, not_before=NOW + 3 * WEEK)
    swept_at(empty_home, 2 * WEEK)
    assert len(empty_home.state.find(OUTBOX)) == 1


def test_one_sweep_forgets_a_bounded_number(empty_home: Backends) -> None:
    empty_home.state.transact(partial(handle, numbers=range(501)))
    left = []
    for _ in range(2):
        swept_at(empty_home, 2 * WEEK)
        left.append(len(empty_home.state.find(INBOX)))
    assert left == [1, 0]
