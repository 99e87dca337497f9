"""A subscription without an endpoint is drained by hand, and what exists on the bus can be asked."""

from tests.backends.bus_conformance.rig import DEAD_TOPIC, TOPIC, WORKER, Rig, declare, numbers, publish, subscription

BY_HAND = "by-hand"


def test_what_waits_is_received_once_and_acknowledged(rig: Rig) -> None:
    declare(rig, subscription(rig), subscription(rig, BY_HAND, endpoint="", audience=""))
    ids = publish(rig, 1, 2, 3, sport="nba")
    rig.receiver.wait("/predict", 3, within_s=rig.patience_s)
    drained = [*rig.bus.drain(BY_HAND, 2), *rig.bus.drain(BY_HAND, 10)]
    assert [(each.id, each.data, each.attributes) for each in drained] == [
        (number, {"n": n}, {"sport": "nba"}) for number, n in zip(ids, (1, 2, 3), strict=True)
    ]
    assert rig.bus.drain(BY_HAND, 10) == []
    assert rig.bus.backlog(BY_HAND).messages == 0
    assert numbers(rig) == [1, 2, 3]


def test_what_does_not_exist_is_named(rig: Rig) -> None:
    declare(rig, subscription(rig))
    assert rig.bus.missing([TOPIC, DEAD_TOPIC], [WORKER]) == []
    assert rig.bus.missing([TOPIC, "no-topic"], ["no-one", WORKER]) == ["topic no-topic", "subscription no-one"]


def test_what_is_declared_is_read_back_with_its_settings(rig: Rig) -> None:
    pushed = subscription(rig, filter={"sport": "nba"}, dead_letter_topic=DEAD_TOPIC)
    drained = subscription(rig, BY_HAND, endpoint="", audience="")
    declare(rig, pushed, drained)
    rig.bus.pause(WORKER)
    found = rig.bus.declared()
    assert found.topics == tuple(sorted((TOPIC, DEAD_TOPIC)))
    assert found.subscriptions == (drained, pushed)
