"""The outbox on every state store: messages exist with their effect and leave in order, at least once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from propcast.backends.state.dispatcher import Dispatcher, Pace
from propcast.backends.state.outbox import OUTBOX, SENT, Outgoing, due, enqueue, mark_sent, oldest_unsent_s
from propcast.backends.state.port import Body, Collection, State, Transaction
from propcast.core.clock import FixedClock
from tests.backends.samples import NOON

BATCHES = Collection("batches")
MESSAGE = Outgoing("prediction-request", {"shard": 1}, {"sport": "nba"}, order_key="batch-1")


@dataclass
class ListBus:
    """A bus that keeps what it takes, and refuses the topics and shards it is told to."""

    taken: list[tuple[str, Body, dict[str, str]]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    refused: set[object] = field(default_factory=set)

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        self.calls.append(len(messages))
        if topic in self.refused or any(body["shard"] in self.refused for body, _ in messages):
            raise ConnectionError("bus is down")
        first = len(self.taken)
        self.taken += [(topic, body, dict(attributes)) for body, attributes in messages]
        return [f"m{first + number}" for number in range(len(messages))]

    @property
    def shards(self) -> list[object]:
        return [body["shard"] for _, body, _ in self.taken]


@pytest.fixture
def bus() -> ListBus:
    return ListBus()


@pytest.fixture
def dispatcher(state: State, bus: ListBus) -> Dispatcher:
    return Dispatcher(state, bus)


def owe(state: State, *shards: object, **changes: object) -> None:
    """Enqueue one message per shard, in one transaction."""

    def work(tx: Transaction) -> None:
        for shard in shards:
            enqueue(tx, replace(MESSAGE, body={"shard": shard}, **changes))  # type: ignore[dict-item, arg-type]

    state.transact(work)


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


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
    assert dispatcher.dispatch() == 1


def test_a_refused_message_is_tried_again_less_and_less_often(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    owe(state, 1)
    bus.refused = {"prediction-request"}
    tried = []
    for second in range(200):
        clock.instant = NOON + later(second)
        dispatcher.dispatch()
        tried += [second] * len(bus.calls)
        bus.calls.clear()
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert state.find(OUTBOX)[0].body["last_error"] == "ConnectionError: bus is down"
    bus.refused = set()
    clock.instant = NOON + later(243)
    assert dispatcher.dispatch() == 1


def test_what_is_refused_holds_up_its_own_order_only(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    bus.refused = {"poison"}
    owe(state, "poison", "behind it")
    owe(state, "other", order_key="batch-2")
    dispatcher.dispatch()
    clock.instant += later(1)
    dispatcher.dispatch()
    assert bus.shards == ["other"]
    bus.refused = set()
    clock.instant += later(60)
    dispatcher.dispatch()
    assert bus.shards == ["other", "poison", "behind it"]


@pytest.mark.proves("B7")
def test_poison_is_passed_by_everything_else(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    """However many refused messages there are, and however far behind them the good ones stand."""
    bus.refused = {"poison"}
    for number in range(10):
        owe(state, *["poison"] * 30, order_key=f"bad-{number}")
    owe(state, 1, order_key="good")
    for second in range(10):
        clock.instant = NOON + later(second)
        dispatcher.dispatch()
    assert bus.shards == [1]


def test_a_bus_that_is_down_is_left_alone_after_three_tries(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    bus.refused = {"prediction-request"}
    for number in range(20):
        owe(state, number, order_key=f"batch-{number}")
    dispatcher.dispatch()
    clock.instant += later(1)
    bus.calls.clear()
    dispatcher.dispatch()
    assert bus.calls == [1, 1, 1]


def test_a_bus_that_answers_too_little_has_refused(state: State, bus: ListBus) -> None:
    class ShortBus(ListBus):
        def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
            return super().publish(topic, messages)[1:]

    owe(state, 1, 2)
    assert Dispatcher(state, ShortBus()).dispatch() == 0
    assert len(state.find(OUTBOX)) == 2


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


def test_retrying_does_not_make_a_message_look_younger(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    bus.refused = {1}
    owe(state, 1)
    clock.instant = NOON + later(40)
    dispatcher.dispatch()
    clock.instant = NOON + later(100)
    assert oldest_unsent_s(state) == 100


class BusThatMeanwhile(ListBus):
    """A bus during whose first answer something else happens."""

    def __init__(self, meanwhile: object) -> None:
        super().__init__()
        self.meanwhile = [meanwhile]

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        ids = super().publish(topic, messages)
        while self.meanwhile:
            happens = self.meanwhile.pop()
            assert callable(happens)
            happens()
        return ids


def test_a_second_dispatcher_leaves_the_work_to_the_first(state: State) -> None:
    """What was committed while the first was sending is sent by the first before it returns."""
    results = []

    def meanwhile() -> None:
        owe(state, 2)
        results.append(Dispatcher(state, slow).dispatch())

    slow = BusThatMeanwhile(meanwhile)
    owe(state, 1)
    assert Dispatcher(state, slow).dispatch() == 2
    assert (results, slow.shards) == ([0], [1, 2])


@pytest.mark.proves("B4")
def test_a_dispatcher_frozen_past_its_lease_does_not_mark(state: State, clock: FixedClock) -> None:
    """Another one sends again and marks; the thawed one is refused and reports nothing as sent."""

    def meanwhile() -> None:
        clock.instant += later(31)
        assert Dispatcher(state, slow).dispatch() == 1

    slow = BusThatMeanwhile(meanwhile)
    owe(state, 1)
    assert Dispatcher(state, slow).dispatch() == 0
    assert slow.shards == [1, 1]
    assert [document.body["message_id"] for document in state.find(SENT)] == ["m1"]


def test_a_dispatcher_that_died_is_replaced_when_its_lease_ends(state: State, clock: FixedClock) -> None:
    def dies() -> None:
        raise KeyboardInterrupt

    bus = BusThatMeanwhile(dies)
    pace = Pace(lease_ttl=later(2))
    owe(state, 1)
    with pytest.raises(KeyboardInterrupt):
        Dispatcher(state, bus, pace=pace).dispatch()
    assert Dispatcher(state, bus, pace=pace).dispatch() == 0
    clock.instant += later(2)
    assert Dispatcher(state, bus, pace=pace).dispatch() == 1
    assert bus.shards == [1, 1]
