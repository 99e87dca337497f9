"""The inbox on every state store: an effect and the record of its message are one."""

from datetime import timedelta

import pytest

from propcast.backends.state import inbox
from propcast.backends.state.inbox import INBOX
from propcast.backends.state.port import Collection, State, Transaction
from propcast.backends.state.retention import forget
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreConflict
from tests.backends.samples import NOON

EFFECTS = Collection("effects")


def handle(tx: Transaction, message_key: str = "message-1", consumer: str = "coordinator/complete") -> bool:
    """A consumer as it should be: look, act, record."""
    if inbox.seen(tx, consumer, message_key):
        return False
    tx.insert(EFFECTS, tx.order(), {})
    inbox.record(tx, consumer, message_key)
    return True


def test_a_message_has_its_effect_once_however_often_it_comes(state: State) -> None:
    assert [state.transact(handle) for _ in range(3)] == [True, False, False]
    assert len(state.find(EFFECTS)) == 1
    assert inbox.seen(state, "coordinator/complete", "message-1")


def test_a_message_is_not_recorded_without_its_effect(state: State) -> None:
    def dies(tx: Transaction) -> None:
        handle(tx)
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        state.transact(dies)
    assert not inbox.seen(state, "coordinator/complete", "message-1")
    assert state.transact(handle)


def test_an_effect_that_did_not_look_first_is_undone(state: State) -> None:
    def careless(tx: Transaction) -> None:
        tx.insert(EFFECTS, tx.order(), {})
        inbox.record(tx, "coordinator/complete", "message-1")

    state.transact(careless)
    with pytest.raises(StoreConflict):
        state.transact(careless)
    assert len(state.find(EFFECTS)) == 1


def test_each_consumer_has_its_own_record(state: State) -> None:
    """Also where joining the two names would give one text."""
    pairs = [("a", "b/c"), ("a/b", "c"), ("a", "b%2Fc"), ("b", "b/c")]
    assert all(state.transact(lambda tx, pair=pair: handle(tx, pair[1], pair[0])) for pair in pairs)  # type: ignore[misc]


def test_old_records_can_be_forgotten_in_portions(state: State, clock: FixedClock) -> None:
    for number in range(5):
        clock.instant = NOON + timedelta(days=number)
        state.transact(lambda tx, key=f"message-{number}": handle(tx, key))  # type: ignore[misc]
    before = NOON + timedelta(days=3)
    assert [forget(state, INBOX, "at", before, limit=2) for _ in range(3)] == [2, 1, 0]
    assert [inbox.seen(state, "coordinator/complete", f"message-{number}") for number in (2, 3)] == [False, True]
