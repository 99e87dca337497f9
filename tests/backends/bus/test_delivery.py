"""The delivery loop against a real service: what it promises beyond the port."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from propcast.backends.bus.delivery import Delivered, Delivery
from propcast.backends.bus.port import DEADLINE, Subscription
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.backends.bus.tokens import verify
from propcast.core.clock import SystemClock
from tests.backends.bus.conftest import KEY, SqliteRig, delivering, seeded
from tests.backends.bus_conformance.receiver import Push, Receiver, Reply
from tests.backends.bus_conformance.rig import (
    DEATHS,
    WORK,
    WORKER,
    declare,
    declare_worker,
    numbers,
    publish,
    subscription,
    wait_for_empty,
)

CLOCK = SystemClock()


@pytest.mark.proves("S3")
def test_every_push_carries_a_token_for_its_audience(sqlite_rig: SqliteRig) -> None:
    declare(
        sqlite_rig,
        subscription(sqlite_rig, audience="http://worker"),
        subscription(sqlite_rig, "b", "/b", audience="http://other"),
    )
    publish(sqlite_rig, 1, 2)
    for path, audience in ((WORK, "http://worker"), ("/b", "http://other")):
        for push in sqlite_rig.receiver.wait(path, 2, within_s=sqlite_rig.patience_s):
            scheme, token = push.headers["Authorization"].split()
            assert scheme == "Bearer"
            assert verify(token, [KEY], audience, CLOCK.now())


@pytest.mark.proves("B6", "L30")
def test_eight_charged_deliveries_and_no_more(sqlite_rig: SqliteRig) -> None:
    declare_worker(sqlite_rig, max_deliveries=8)
    sqlite_rig.receiver.answers(WORK, 429, 500, 503, 429, then=Reply(502, body=b"bad gateway"))
    publish(sqlite_rig, 1)
    sqlite_rig.receiver.wait(DEATHS, 1, within_s=sqlite_rig.patience_s)
    (letter,) = sqlite_rig.bus.dead_letters(WORKER, 10)
    assert len(sqlite_rig.receiver.pushes(WORK)) == 8 + 2
    assert (letter.deliveries, letter.reason) == (8, "502 bad gateway")


@pytest.mark.proves("B6")
@pytest.mark.parametrize("status", [429, 401, 403])
def test_answers_that_are_not_charged_are_tried_for_ever(sqlite_rig: SqliteRig, status: int) -> None:
    declare_worker(sqlite_rig, max_deliveries=2)
    sqlite_rig.receiver.answers(WORK, *[status] * 12)
    publish(sqlite_rig, 1)
    wait_for_empty(sqlite_rig)
    assert len(sqlite_rig.receiver.pushes(WORK)) == 13
    assert sqlite_rig.bus.backlog(WORKER).dead_letters == 0


def test_a_service_that_is_down_burns_no_deliveries_and_few_connections(sqlite_rig: SqliteRig) -> None:
    misses: list[Delivered] = []
    sqlite_rig.observers.append(misses.append)
    declare_worker(sqlite_rig, max_deliveries=2)
    sqlite_rig.receiver.stop()
    publish(sqlite_rig, *range(200))
    sqlite_rig.receiver.wait_until(lambda: len(misses) >= 30, within_s=sqlite_rig.patience_s, what="30 misses")
    before = len(misses)
    sqlite_rig.receiver.start()
    wait_for_empty(sqlite_rig)
    assert numbers(sqlite_rig) == list(range(200))
    assert {each.answer.verdict for each in misses[:before]} == {"not_reached"}
    assert sqlite_rig.bus.backlog(WORKER).dead_letters == 0


@pytest.mark.proves("B7", "L30")
def test_a_connection_that_breaks_is_charged_so_that_a_killer_message_dies(sqlite_rig: SqliteRig) -> None:
    declare_worker(sqlite_rig, max_deliveries=3)

    def handle(push: Push) -> Reply:
        if push.envelope.message.data["n"] == 0:
            raise ConnectionAbortedError
        return Reply()

    sqlite_rig.receiver.handles(WORK, handle)
    publish(sqlite_rig, 0, 1, 2)
    sqlite_rig.receiver.wait(DEATHS, 1, within_s=sqlite_rig.patience_s)
    assert Counter(numbers(sqlite_rig)) == {0: 3, 1: 1, 2: 1}
    assert sqlite_rig.bus.dead_letters(WORKER, 10)[0].reason.startswith("no answer")


def test_a_push_that_is_not_answered_in_time_is_charged(sqlite_rig: SqliteRig) -> None:
    released = threading.Event()
    declare(sqlite_rig, subscription(sqlite_rig, ack_deadline_s=10.0, max_deliveries=1))
    sqlite_rig.receiver.handles(WORK, lambda _: Reply() if released.wait(20) else Reply(500))
    publish(sqlite_rig, 1)
    sqlite_rig.receiver.wait_until(
        lambda: sqlite_rig.bus.backlog(WORKER).dead_letters == 1, within_s=sqlite_rig.patience_s, what="dead letter"
    )
    released.set()
    assert sqlite_rig.bus.dead_letters(WORKER, 1)[0].reason == "no answer within 0.02 s"


def test_a_message_waits_as_long_as_the_service_asks(sqlite_rig: SqliteRig) -> None:
    declare_worker(sqlite_rig)
    sqlite_rig.receiver.answers(WORK, Reply(429, {"Retry-After": "0.4"}), Reply(503, {"Retry-After": "0.3"}))
    publish(sqlite_rig, 1)
    first, second, third = sqlite_rig.receiver.wait(WORK, 3, within_s=sqlite_rig.patience_s)
    assert second.at - first.at >= 0.4
    assert third.at - second.at >= 0.3


@pytest.mark.proves("B6")
def test_a_message_is_not_delivered_after_its_deadline(sqlite_rig: SqliteRig) -> None:
    declare_worker(sqlite_rig)
    sqlite_rig.receiver.answers(WORK, then=429)
    deadline = CLOCK.now() + timedelta(seconds=0.5)
    publish(sqlite_rig, 1, **{DEADLINE: deadline.isoformat()})
    (death,) = sqlite_rig.receiver.wait(DEATHS, 1, within_s=sqlite_rig.patience_s)
    assert CLOCK.now() >= deadline
    assert "429" in death.envelope.message.attributes["dead_letter_reason"]
    assert DEADLINE not in death.envelope.message.attributes


def test_no_more_pushes_at_once_than_the_subscription_allows(sqlite_rig: SqliteRig) -> None:
    running, most, lock, full, release = 0, 0, threading.Lock(), threading.Event(), threading.Event()

    def handle(_: Push) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 3:
                full.set()
        release.wait(10)
        with lock:
            running -= 1
        return Reply()

    declare(
        sqlite_rig,
        subscription(sqlite_rig, ack_deadline_s=10_000.0, concurrency=3),
        subscription(sqlite_rig, "other", "/other"),
    )
    sqlite_rig.receiver.handles(WORK, handle)
    publish(sqlite_rig, *range(30))
    assert full.wait(10)
    wait_for_empty(sqlite_rig, "other")
    assert sqlite_rig.bus.backlog(WORKER).messages == 30
    release.set()
    wait_for_empty(sqlite_rig)
    assert most == 3


@pytest.mark.proves("B7", "L30")
def test_a_subscription_that_always_fails_does_not_slow_others(sqlite_rig: SqliteRig) -> None:
    declare(
        sqlite_rig,
        subscription(sqlite_rig, "storm", "/storm", max_deliveries=100),
        subscription(sqlite_rig, "calm", "/calm"),
    )
    sqlite_rig.receiver.answers("/storm", then=500)
    publish(sqlite_rig, *range(300), kind="storm")
    sqlite_rig.receiver.wait("/storm", 600, within_s=sqlite_rig.patience_s)
    sqlite_rig.receiver.wait("/calm", 300, within_s=sqlite_rig.patience_s)
    waits = []
    for n in range(10):
        published = monotonic()
        publish(sqlite_rig, 1000 + n)
        waits.append(sqlite_rig.receiver.wait("/calm", 301 + n, within_s=sqlite_rig.patience_s)[-1].at - published)
    assert sorted(waits)[5] < 0.5


def test_it_runs_in_a_loop_that_does_other_things_and_lets_pushes_finish(receiver: Receiver, tmp_path: Path) -> None:
    path, begun, go_on = tmp_path / "bus.sqlite", threading.Event(), threading.Event()
    bus = SqliteBus(path, CLOCK)
    bus.ensure(["t"], [Subscription("s", "t", f"{receiver.url}/s", receiver.url, concurrency=1)])

    def handle(_: Push) -> Reply:
        begun.set()
        return Reply(204 if go_on.wait(10) else 500)

    receiver.handles("/s", handle)
    bus.publish("t", [({"n": n}, {}) for n in range(3)])

    async def scenario() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(Delivery(path, KEY, CLOCK, seeded(1)).run(stop))
        await asyncio.to_thread(begun.wait, 10)
        stop.set()
        await asyncio.sleep(0)
        go_on.set()
        await running

    asyncio.run(scenario())
    assert len(receiver.pushes("/s")) == 1
    assert bus.backlog("s").messages == 2


def test_a_stop_gives_back_what_does_not_finish(receiver: Receiver, tmp_path: Path) -> None:
    path, begun, release = tmp_path / "bus.sqlite", threading.Event(), threading.Event()
    bus = SqliteBus(path, CLOCK)
    bus.ensure(["t"], [Subscription("s", "t", f"{receiver.url}/s", receiver.url)])

    def handle(push: Push) -> Reply:
        if len(receiver.pushes("/s")) == 1:
            begun.set()
            release.wait(10)
        return Reply()

    receiver.handles("/s", handle)
    bus.publish("t", [({}, {})])
    with delivering(Delivery(path, KEY, CLOCK, seeded(1), BusTimes(stop_s=0.05))):
        assert begun.wait(10)
    assert bus.backlog("s").messages == 1
    with delivering(Delivery(path, KEY, CLOCK, seeded(1))):
        receiver.wait("/s", 2, within_s=10)
    release.set()
    assert [push.envelope.delivery_attempt for push in receiver.pushes("/s")] == [1, 1]
