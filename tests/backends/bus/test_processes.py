"""Publishers and deliverers in processes of their own, killed at any instant."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from propcast.backends.bus.delivery import Delivery
from propcast.backends.bus.port import Subscription
from propcast.backends.bus.process import serve
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.core.clock import SystemClock
from tests.backends.bus.conftest import KEY, seeded
from tests.backends.bus_conformance.receiver import Push, Receiver, Reply

# A server forks the children: they start in milliseconds, and inherit nothing from the test.
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload([__name__])
CLOCK = SystemClock()
TIMES = BusTimes(claim_s=0.3, uncharged_min_s=0.01, uncharged_max_s=0.1, stop_s=0.1)
KILLS, MESSAGES, PUBLISHED_BY_OTHERS = 12, 400, 300
PATIENCE_S = 20.0


@pytest.fixture
def path(receiver: Receiver, tmp_path: Path) -> Path:
    path = tmp_path / "bus.sqlite"
    subscriptions = [
        Subscription(name, "t", f"{receiver.url}/{name}", receiver.url, max_deliveries=100).scaled(500)
        for name in ("a", "b")
    ]
    SqliteBus(path, CLOCK).ensure(["t"], subscriptions)
    return path


@pytest.fixture
def children() -> Iterator[list[BaseProcess]]:
    started: list[BaseProcess] = []
    yield started
    for each in started:
        each.kill()
        each.join()


def deliver(path: Path) -> None:
    serve(Delivery(path, KEY, CLOCK, seeded(os.getpid()), TIMES))


def publish(path: Path, name: str, start: Event) -> None:
    bus = SqliteBus(path, CLOCK)
    start.wait()
    for n in range(PUBLISHED_BY_OTHERS):
        bus.publish("t", [({"by": name, "n": n}, {})])


def started(children: list[BaseProcess], target: object, *arguments: object) -> BaseProcess:
    child = CHILDREN.Process(target=target, args=arguments)  # type: ignore[arg-type]
    child.start()
    children.append(child)
    return child


def waiting(bus: SqliteBus) -> int:
    return sum(bus.backlog(name).messages or 0 for name in ("a", "b"))


def wait_for_empty(receiver: Receiver, bus: SqliteBus) -> None:
    receiver.wait_until(lambda: waiting(bus) == 0, within_s=PATIENCE_S, what="empty backlog")


def wait_for_pushes(receiver: Receiver, n: int, bus: SqliteBus) -> None:
    """Wait until n pushes have arrived in all, or nothing is left that could."""
    receiver.wait_until(
        lambda: sum(receiver.counts().values()) >= n or waiting(bus) == 0, within_s=PATIENCE_S, what=f"{n} pushes"
    )


@pytest.mark.proves("B1")
def test_deliverers_killed_at_any_instant_lose_nothing(
    receiver: Receiver, path: Path, children: list[BaseProcess]
) -> None:
    rng, lock, bus = seeded(time.time_ns()), threading.Lock(), SqliteBus(path, CLOCK)

    def handle(_: Push) -> Reply:
        with lock:
            return Reply(rng.choice((204, 204, 204, 429, 500)))

    for name in ("a", "b"):
        receiver.handles(f"/{name}", handle)
    ids: list[str] = []
    standby = started(children, deliver, path)
    for _ in range(KILLS):
        victim, standby = standby, started(children, deliver, path)
        ids += bus.publish("t", [({"n": n}, {}) for n in range(MESSAGES // KILLS)])
        wait_for_pushes(receiver, sum(receiver.counts().values()) + rng.randrange(30), bus)
        victim.kill()
    wait_for_empty(receiver, bus)
    for name in ("a", "b"):
        assert {push.id for push in receiver.pushes(f"/{name}")} == set(ids)
        assert bus.backlog(name).dead_letters == 0


@pytest.mark.proves("B1", "L26")
def test_publishers_in_two_processes_and_two_deliverers_lose_and_double_nothing(
    receiver: Receiver, path: Path, children: list[BaseProcess]
) -> None:
    start = CHILDREN.Event()
    publishers = [started(children, publish, path, name, start) for name in ("one", "two")]
    for _ in range(2):
        started(children, deliver, path)
    start.set()
    for each in publishers:
        each.join(PATIENCE_S)
    bus = SqliteBus(path, CLOCK)
    wait_for_empty(receiver, bus)
    expected = {(name, n) for name in ("one", "two") for n in range(PUBLISHED_BY_OTHERS)}
    for name in ("a", "b"):
        messages = [push.envelope.message for push in receiver.pushes(f"/{name}")]
        assert {(each.data["by"], each.data["n"]) for each in messages} == expected
        assert len({each.id for each in messages}) == len(expected)


def test_a_deliverer_that_is_told_to_stop_exits_cleanly_and_soon(
    receiver: Receiver, path: Path, children: list[BaseProcess]
) -> None:
    bus = SqliteBus(path, CLOCK)
    bus.publish("t", [({}, {})])
    child = started(children, deliver, path)
    wait_for_empty(receiver, bus)
    before = time.monotonic()
    os.kill(child.pid or 0, signal.SIGTERM)
    child.join(PATIENCE_S)
    assert child.exitcode == 0
    assert time.monotonic() - before < 5
