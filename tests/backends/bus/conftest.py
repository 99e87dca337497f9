"""The adapters under test: every conformance test runs on each of them."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from propcast.backends.bus.delivery import Delivery
from propcast.backends.bus.port import Bus, Subscription
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.backends.bus.tokens import PushKey, push_keys
from propcast.backends.secrets.port import Secret
from propcast.core.clock import SystemClock
from tests.backends.bus_conformance.receiver import Receiver
from tests.backends.bus_conformance.rig import Rig

FASTER = 500
KEY: PushKey = push_keys(Secret("k" * 40))[0]


@dataclass(frozen=True)
class SqliteRig:
    """The bus of one machine, with a delivery loop in a thread."""

    bus: Bus
    receiver: Receiver
    path: Path
    patience_s: float = 15.0

    def paced(self, subscription: Subscription) -> Subscription:
        return subscription.scaled(FASTER)


@contextmanager
def delivering(delivery: Delivery) -> Iterator[None]:
    """Run a delivery loop in a thread of its own; stop it as a process would be stopped."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(delivery.run(stop)))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    service = Receiver()
    yield service
    service.stop()


@pytest.fixture(params=["sqlite"])
def rig(receiver: Receiver, tmp_path: Path) -> Iterator[Rig]:
    path, clock = tmp_path / "bus.sqlite", SystemClock()
    times = BusTimes(claim_s=20, ack_deadline_s=20, stop_s=5, uncharged_min_s=0.01, uncharged_max_s=0.05)
    bus = SqliteBus(path, clock)
    with delivering(Delivery(path, KEY, clock, random.Random(11), times)):  # noqa: S311 - jitter
        yield SqliteRig(bus, receiver, path)
