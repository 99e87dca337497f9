"""A paused subscription delivers nothing and loses nothing."""

from tests.backends.bus_conformance.rig import (
    WORKER,
    Rig,
    declare,
    numbers,
    publish,
    subscription,
    wait_for_empty,
)


def test_messages_gather_in_a_pause_and_come_after_it(rig: Rig) -> None:
    declare(rig, subscription(rig), subscription(rig, "other", "/other"))
    rig.bus.pause(WORKER)
    publish(rig, *range(10))
    rig.receiver.wait("/other", 10, within_s=rig.patience_s)
    wait_for_empty(rig, "other")
    assert numbers(rig) == []
    backlog = rig.bus.backlog(WORKER)
    assert (backlog.messages, backlog.paused) == (10, True)
    rig.bus.resume(WORKER)
    wait_for_empty(rig)
    assert set(numbers(rig)) == set(range(10))
    assert not rig.bus.backlog(WORKER).paused


def test_a_pause_survives_a_new_declaration(rig: Rig) -> None:
    declare(rig, subscription(rig))
    rig.bus.pause(WORKER)
    declare(rig, subscription(rig))
    assert rig.bus.backlog(WORKER).paused


def test_the_backlog_counts_what_waits_and_its_age(rig: Rig) -> None:
    declare(rig, subscription(rig))
    assert (rig.bus.backlog(WORKER).messages, rig.bus.backlog(WORKER).oldest_s) == (0, 0.0)
    rig.bus.pause(WORKER)
    publish(rig, 1, 2)
    first = rig.bus.backlog(WORKER)
    publish(rig, 3)
    later = rig.bus.backlog(WORKER)
    assert (first.messages, later.messages) == (2, 3)
    assert first.oldest_s is not None
    assert later.oldest_s is not None
    assert 0 <= first.oldest_s <= later.oldest_s <= rig.patience_s
