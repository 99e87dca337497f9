"""Who gets what."""

from datetime import timedelta

import pytest

from propcast.backends.bus.port import Body
from propcast.core.clock import SystemClock
from propcast.core.errors import InputError
from tests.backends.bus_conformance.rig import (
    TOPIC,
    WORK,
    WORKER,
    Rig,
    declare,
    numbers,
    publish,
    subscription,
    wait_for_empty,
)


@pytest.mark.proves("B11")
def test_a_message_arrives_as_it_was_published(rig: Rig) -> None:
    declare(rig, subscription(rig))
    data: Body = {"shard": "Dončić / O'Neal-Łuków.1", "rows": [1, 2.5, None, True], "inner": {"é": "✓"}}
    attributes = {"sport": "nba", "player.name": "Nikola Jokić", "a-b_c": "x/y=z&?"}
    before = SystemClock().now()
    (published,) = rig.bus.publish(TOPIC, [(data, attributes)])
    (push,) = rig.receiver.wait(WORK, 1, within_s=rig.patience_s)
    message = push.envelope.message
    assert (message.id, message.data, message.attributes) == (published, data, attributes)
    assert abs(message.published_at - before) < timedelta(seconds=rig.patience_s)
    assert push.envelope.subscription == WORKER
    assert push.headers["Content-Type"].startswith("application/json")


def test_ids_are_distinct_and_in_the_order_given(rig: Rig) -> None:
    declare(rig, subscription(rig))
    ids = publish(rig, *range(20))
    rig.receiver.wait(WORK, 20, within_s=rig.patience_s)
    arrived = {push.id: push.envelope.message.data["n"] for push in rig.receiver.pushes(WORK)}
    assert [arrived[each] for each in ids] == list(range(20))


def test_nothing_is_published_from_nothing(rig: Rig) -> None:
    declare(rig, subscription(rig))
    assert rig.bus.publish(TOPIC, []) == []


def test_every_subscription_gets_its_own_copy(rig: Rig) -> None:
    declare(rig, *(subscription(rig, f"copy-{i}", f"/copy-{i}") for i in range(3)))
    publish(rig, 1, 2)
    for i in range(3):
        rig.receiver.wait(f"/copy-{i}", 2, within_s=rig.patience_s)
        assert numbers(rig, f"/copy-{i}") == [1, 2]


def test_a_filter_lets_through_what_has_all_its_attributes_and_none_that_it_must_not(rig: Rig) -> None:
    if not rig.filters:
        pytest.skip("this bus delivers what its filters should hold back; Google's emulator does")
    declare(
        rig,
        subscription(rig, "mlb", "/mlb", filter={"sport": "mlb"}),
        subscription(rig, "both", "/both", filter={"sport": "mlb", "reason": "line"}),
        subscription(rig, "without", "/without", filter={"sport": "mlb", "reason": None}),
        subscription(rig, "all", "/all"),
    )
    publish(rig, 1, sport="nba")
    publish(rig, 2, reason="line")
    publish(rig, 3, sport="mlb")
    publish(rig, 4, sport="mlb", reason="line", spare="x")
    rig.receiver.wait("/all", 4, within_s=rig.patience_s)
    rig.receiver.wait("/mlb", 2, within_s=rig.patience_s)
    rig.receiver.wait("/both", 1, within_s=rig.patience_s)
    rig.receiver.wait("/without", 1, within_s=rig.patience_s)
    for name in ("mlb", "both", "without", "all"):
        wait_for_empty(rig, name)
    assert (numbers(rig, "/mlb"), numbers(rig, "/both"), numbers(rig, "/without")) == ([3, 4], [4], [3])


def test_a_subscription_sees_what_comes_after_its_declaration(rig: Rig) -> None:
    declare(rig, subscription(rig, "early", "/early"))
    publish(rig, 1)
    declare(rig, subscription(rig, "late", "/late"))
    publish(rig, 2)
    rig.receiver.wait("/early", 2, within_s=rig.patience_s)
    rig.receiver.wait("/late", 1, within_s=rig.patience_s)
    assert numbers(rig, "/late") == [2]


def test_declaring_again_keeps_messages_and_takes_the_new_endpoint(rig: Rig) -> None:
    declare(rig, subscription(rig, path="/old"))
    rig.bus.pause(WORKER)
    publish(rig, 1)
    declare(rig, subscription(rig, path="/new"))
    rig.bus.resume(WORKER)
    rig.receiver.wait("/new", 1, within_s=rig.patience_s)
    assert numbers(rig, "/old") == []


def test_what_was_not_declared_is_refused_by_name(rig: Rig) -> None:
    declare(rig, subscription(rig))
    with pytest.raises(InputError, match="prediction-requests"):
        rig.bus.publish("prediction-requests", [({}, {})])
    with pytest.raises(InputError, match="no-topic"):
        rig.bus.ensure([], [subscription(rig, "other", topic="no-topic")])
    for act in (rig.bus.backlog, rig.bus.pause, rig.bus.resume):
        with pytest.raises(InputError, match="no-one"):
            act("no-one")
    with pytest.raises(InputError, match="no-one"):
        rig.bus.dead_letters("no-one", 10)
    with pytest.raises(InputError, match="no-one"):
        rig.bus.replay("no-one", ["1"])
