"""Every call of Pub/Sub failing once and for ever, before and after its effect: a named outcome, and nothing lost."""

from collections.abc import Callable
from dataclasses import replace

import grpc
import pytest

from propcast.backends.bus.pubsub.opening import PATIENCE
from propcast.core.errors import InputError, StoreConflict, StoreRefused, StoreUnavailable
from tests.backends.bus.pubsub.conftest import DEAD, PUSHED, READ, READER, TOPIC, WORKER, Bench
from tests.emulators.wire import FOR_EVER, Fault

Act = Callable[[Bench], object]
Code = grpc.StatusCode
TRANSIENT = (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL, Code.UNKNOWN)
PERMANENT = (Code.PERMISSION_DENIED, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION, Code.UNAUTHENTICATED)


def ensure(bench: Bench) -> object:
    bench.bus.ensure([TOPIC, DEAD, "news"], [PUSHED, READ])
    return bench.bus.declared()


def publish(bench: Bench) -> object:
    return len(bench.bus.publish(TOPIC, [({"n": 7}, {}), ({"n": 8}, {})]))


def backlog(bench: Bench) -> object:
    return bench.bus.backlog(WORKER)


def pause(bench: Bench) -> object:
    bench.bus.pause(WORKER)
    return bench.bus.backlog(WORKER).paused


def letters(bench: Bench) -> object:
    return [each.message.data for each in bench.bus.dead_letters(WORKER, 10)]


def replay(bench: Bench) -> object:
    return bench.bus.replay(WORKER, [each.message.id for each in bench.bus.dead_letters(WORKER, 10)])


def missing(bench: Bench) -> object:
    return bench.bus.missing([TOPIC], ["no-one"])


def drain(bench: Bench) -> object:
    return [each.data for each in bench.bus.drain(READER, 100)]


CASES: list[tuple[Act, str]] = [
    *((ensure, call) for call in ("ListTopics", "ListSubscriptions", "CreateTopic", "CreateSubscription")),
    (publish, "Publish"),
    (backlog, "GetSubscription"),
    *((pause, call) for call in ("GetSubscription", "UpdateSubscription")),
    *((letters, call) for call in ("GetSubscription", "Pull", "ModifyAckDeadline")),
    *((replay, call) for call in ("GetSubscription", "Pull", "Publish", "Acknowledge")),
    *((missing, call) for call in ("ListTopics", "ListSubscriptions")),
    *((drain, call) for call in ("GetSubscription", "Pull", "Acknowledge")),
]
NAMES = [f"{act.__name__}-{call}" for act, call in CASES]


def prepare(bench: Bench, act: Act) -> None:
    """Bring Pub/Sub to where the act makes sense."""
    if act is not ensure:
        bench.declare()
        bench.die(1)
        bench.bus.publish(TOPIC, [({"n": 2}, {})])


def texts(bench: Bench) -> dict[str, set[bytes]]:
    """Return what is still with each subscription, leased or not; how often does not matter."""
    held = {name: [*found, *bench.pubsub.leased[name].values()] for name, found in bench.pubsub.waiting.items()}
    return {name: {each.data for each in found} for name, found in held.items()}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("act", "call"), CASES, ids=NAMES)
def test_a_call_that_fails_once_changes_nothing_of_the_outcome(
    bench: Bench, undisturbed: Bench, act: Act, call: str, after: bool
) -> None:
    if call == "Pull" and after:
        pytest.skip("messages that were handed out to nobody come again when their lease ends; here none ends")
    for each in (bench, undisturbed):
        prepare(each, act)
    bench.wire.faults[call] = Fault(Code.UNAVAILABLE, 1, after)
    assert act(bench) == act(undisturbed)
    assert bench.wire.faults[call].times == 0, "the call was not made"
    assert texts(bench) == texts(undisturbed)


@pytest.mark.parametrize(("act", "call"), CASES, ids=NAMES)
def test_a_call_that_fails_for_ever_is_unavailable_within_the_budget_and_nothing_is_lost(
    bench: Bench, act: Act, call: str
) -> None:
    prepare(bench, act)
    before = texts(bench)
    for code in TRANSIENT:
        if (call, code) == ("Pull", Code.DEADLINE_EXCEEDED):
            continue  # that is how an empty subscription answers
        bench.wire.faults[call] = Fault(code)
        bench.pubsub.end_leases()
        waited = sum(bench.slept)
        with pytest.raises(StoreUnavailable, match=r"tried \d+ times in 20 s"):
            act(bench)
        assert sum(bench.slept) - waited <= PATIENCE.budget_s
        assert 3 < FOR_EVER - bench.wire.faults[call].times < 40
        assert [name for name, held in before.items() if not held <= texts(bench)[name]] == []


@pytest.mark.parametrize(("act", "call"), CASES, ids=NAMES)
def test_a_call_that_is_refused_is_not_made_again(bench: Bench, act: Act, call: str) -> None:
    prepare(bench, act)
    for code in PERMANENT:
        bench.pubsub.end_leases()
        bench.wire.faults[call] = Fault(code)
        with pytest.raises(StoreRefused):
            act(bench)
        assert FOR_EVER - bench.wire.faults[call].times == 1


@pytest.mark.parametrize("call", ["CreateTopic", "CreateSubscription"])
def test_what_somebody_else_made_first_is_as_good(bench: Bench, call: str) -> None:
    bench.wire.faults[call] = Fault(Code.ALREADY_EXISTS, 1, after=True)
    bench.declare()
    assert bench.bus.missing([TOPIC, DEAD], [WORKER, READER]) == []


def test_a_publication_that_was_aborted_is_published_again(bench: Bench) -> None:
    bench.declare().wire.faults["Publish"] = Fault(Code.ABORTED, 2)
    bench.bus.publish(TOPIC, [({"n": 1}, {})])
    assert [each.data for each in bench.bus.drain(READER, 10)] == [{"n": 1}]


def test_a_conflict_is_told_as_one(bench: Bench) -> None:
    bench.declare().wire.faults["UpdateSubscription"] = Fault(Code.ABORTED, 1)
    with pytest.raises(StoreConflict):
        bench.bus.pause(WORKER)


def test_a_publication_whose_answer_was_lost_comes_twice_under_one_id(bench: Bench) -> None:
    bench.declare().wire.faults["Publish"] = Fault(Code.UNAVAILABLE, 1, after=True)
    (given,) = bench.bus.publish(TOPIC, [({"n": 1}, {})])
    assert [each.id for each in bench.bus.drain(READER, 10)] == [given, given]


def test_a_replay_that_fails_after_it_was_published_can_be_done_again_under_the_same_key(bench: Bench) -> None:
    bench.declare()
    first = bench.die(1)
    bench.bus.drain(READER, 10)
    bench.wire.faults["Acknowledge"] = Fault(Code.PERMISSION_DENIED, 1)
    with pytest.raises(StoreRefused):
        bench.bus.replay(WORKER, [first])
    assert bench.bus.replay(WORKER, [first]) == 1
    assert [each.key for each in bench.bus.drain(READER, 10)] == [first, first]
    assert bench.bus.dead_letters(WORKER, 10) == []


def test_another_filter_is_refused_before_anything_is_changed(bench: Bench) -> None:
    bench.declare()
    with pytest.raises(StoreRefused, match="another filter, which Pub/Sub never changes"):
        bench.bus.ensure([], [replace(PUSHED, filter={"sport": "mlb"}, endpoint="https://other.test/predict")])
    assert PUSHED in bench.bus.declared().subscriptions


def test_what_is_not_there_is_an_input_error_by_name(bench: Bench) -> None:
    bench.declare()
    with pytest.raises(InputError, match="did you mean 'prediction-request'"):
        bench.bus.publish("prediction-requests", [({}, {})])
    with pytest.raises(InputError, match="did you mean 'worker'"):
        bench.bus.pause("workers")
