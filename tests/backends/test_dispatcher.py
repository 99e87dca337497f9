"""Dispatchers on every state store: at least once, whatever the bus answers and whoever else dispatches."""

from collections.abc import Mapping, Sequence

import pytest

from propcast.backends.state import leases
from propcast.backends.state.dispatcher import RESOURCE, Dispatcher, Pace
from propcast.backends.state.outbox import OUTBOX, SENT, oldest_unsent_s
from propcast.backends.state.port import Body, State
from propcast.core.clock import FixedClock
from tests.backends.outbox_samples import ListBus, later, owe
from tests.backends.samples import NOON


@pytest.fixture
def bus() -> ListBus:
    return ListBus()


@pytest.fixture
def dispatcher(state: State, bus: ListBus) -> Dispatcher:
    return Dispatcher(state, bus)


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


def test_it_says_whether_anything_is_left_that_needs_a_look_soon(
    state: State, clock: FixedClock, bus: ListBus, dispatcher: Dispatcher
) -> None:
    """What has to wait is left too, and so is what another dispatcher is sending."""
    seen = list[bool]()

    def look() -> None:
        dispatcher.dispatch()
        seen.append(dispatcher.left_nothing)

    look()
    owe(state, 1, not_before=NOON + later(5))
    look()
    clock.instant = NOON + later(5)
    bus.refused = {1}
    look()
    bus.refused = set()
    other = leases.acquire(state, RESOURCE, "other", later(30))
    clock.instant = NOON + later(20)
    look()
    assert other is not None
    assert leases.release(state, other)
    look()
    assert (seen, bus.shards) == ([True, False, False, False, True], [1])
