"""The outbox on every state store: messages exist with their effect and leave in order, when they may."""

import pytest

from propcast.backends.state.dispatcher import Dispatcher
from propcast.backends.state.outbox import OUTBOX, SENT, due, enqueue, mark_sent, oldest_unsent_s
from propcast.backends.state.port import Collection, State, Transaction
from propcast.core.clock import FixedClock
from tests.backends.outbox_samples import MESSAGE, ListBus, later, owe
from tests.backends.samples import NOON

BATCHES = Collection("batches")


@pytest.fixture
def bus() -> ListBus:
    return ListBus()


@pytest.fixture
def dispatcher(state: State, bus: ListBus) -> Dispatcher:
    return Dispatcher(state, bus)


def test_a_message_is_sent_once_with_all_it_holds(state: State, bus: ListBus, dispatcher: Dispatcher) -> None:
    owe(state, 1)
    assert (dispatcher.dispatch(), dispatcher.dispatch()) == (1, 0)
    assert bus.taken == [("prediction-request", {"shard": 1}, {"sport": "nba"})]
    assert state.find(OUTBOX) == []


@pytest.mark.proves("L27")
def test_a_message_exists_only_with_its_effect(state: State, bus: ListBus, dispatcher: Dispatcher) -> None:
    def work(tx: Transaction) -> None:
        tx.put(BATCHES, "batch-1", {"state": "dispatched"})
        enqueue(tx, MESSAGE)
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        state.transact(work)
    assert (dispatcher.dispatch(), bus.taken) == (0, [])


def test_messages_go_out_in_the_order_of_their_transactions(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    """Within a transaction too, and also when the store's clock was set back meanwhile."""
    owe(state, 1, 2)
    clock.instant -= later(5)
    owe(state, 3)
    clock.instant += later(5)
    owe(state, 4)
    assert dispatcher.dispatch() == 4
    assert bus.shards == [1, 2, 3, 4]


def test_messages_of_one_topic_go_out_together(state: State, bus: ListBus, dispatcher: Dispatcher) -> None:
    owe(state, *range(250))
    owe(state, 250, topic="slate-published")
    owe(state, 251, 252)
    assert dispatcher.dispatch() == 253
    assert bus.calls == [100, 100, 50, 1, 2]
    assert bus.shards == list(range(253))


def test_a_message_waits_for_its_time_and_holds_nothing_up(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    owe(state, "scheduled", not_before=NOON + later(30))
    owe(state, 1)
    assert (dispatcher.dispatch(), bus.shards) == (1, [1])
    clock.instant = NOON + later(29.9)
    assert (dispatcher.dispatch(), oldest_unsent_s(state)) == (0, 0)
    clock.instant = NOON + later(30)
    assert (dispatcher.dispatch(), bus.shards) == (1, [1, "scheduled"])


def test_a_message_whose_time_has_passed_goes_out_at_once(state: State, bus: ListBus, dispatcher: Dispatcher) -> None:
    owe(state, 1, not_before=NOON - later(30))
    assert oldest_unsent_s(state) == 0
    assert dispatcher.dispatch() == 1


def test_what_was_sent_is_remembered_under_the_id_of_the_bus(
    state: State, clock: FixedClock, dispatcher: Dispatcher
) -> None:
    owe(state, 1)
    clock.instant += later(2)
    dispatcher.dispatch()
    (sent,) = state.find(SENT)
    assert (sent.body["message_id"], sent.body["order_key"]) == ("m0", "batch-1")
    assert sent.body["sent_at"] == "2025-10-24T12:00:02.000000+00:00"


def test_marking_twice_is_marking_once(state: State) -> None:
    owe(state, 1)
    (parcel,) = due(state)
    for message_id in ("m1", "m2"):
        state.transact(lambda tx, given=message_id: mark_sent(tx, {parcel.id: given}))  # type: ignore[misc]
    assert [document.body["message_id"] for document in state.find(SENT)] == ["m1"]


def test_due_lists_what_may_be_sent_now(state: State, clock: FixedClock) -> None:
    owe(state, 1, 2)
    owe(state, 3, order_key="batch-2", not_before=NOON + later(1))
    assert [parcel.body["shard"] for parcel in due(state)] == [1, 2]
    assert [parcel.body["shard"] for parcel in due(state, limit=1)] == [1]
    clock.instant += later(1)
    assert [parcel.body["shard"] for parcel in due(state)] == [1, 2, 3]


def test_the_oldest_age_counts_from_when_a_message_could_have_gone(
    state: State, clock: FixedClock, dispatcher: Dispatcher
) -> None:
    assert oldest_unsent_s(state) == 0
    owe(state, 1, not_before=NOON + later(10))
    clock.instant = NOON + later(12)
    owe(state, 2)
    clock.instant = NOON + later(15)
    assert oldest_unsent_s(state) == 5
    dispatcher.dispatch()
    assert oldest_unsent_s(state) == 0
