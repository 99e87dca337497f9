"""The adapters under test: every conformance test runs on each of them."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from propcast.backends.bus.delivery import Delivered, Delivery
from propcast.backends.bus.port import Bus, Subscription
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.backends.bus.tokens import PushKey, push_keys
from propcast.backends.secrets.port import Secret
from propcast.core.clock import SystemClock
from tests.backends.bus_conformance.receiver import Receiver
from tests.backends.bus_conformance.rig import Rig
from tests.emulators.pubsub import running_pubsub

FASTER = 500
KEY: PushKey = push_keys(Secret("k" * 40))[0]


@dataclass(frozen=True)
class SqliteRig:
    """The bus of one machine, with a delivery loop in a thread."""

    bus: Bus
    receiver: Receiver
    path: Path
    observers: list[Callable[[Delivered], None]]
    patience_s: float = 15.0
    storm: int = 100
    filters: bool = True

    def paced(self, subscription: Subscription) -> Subscription:
        return subscription.scaled(FASTER)


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - jitter, not a secret


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


@pytest.fixture(params=["sqlite", pytest.param("pubsub", marks=pytest.mark.gcp)])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """One adapter, delivering; each test has an emulator of its own: one that was refused pushes ever slower."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_rig")
        return
    from tests.backends.bus.pubsub.rig import rigged

    with running_pubsub(tmp_path / "emulator.log") as emulator, rigged(emulator) as made:
        yield made


@pytest.fixture
def sqlite_rig(receiver: Receiver, tmp_path: Path) -> Iterator[SqliteRig]:
    path, clock = tmp_path / "bus.sqlite", SystemClock()
    times = BusTimes(claim_s=20, ack_deadline_s=20, stop_s=5, uncharged_min_s=0.01, uncharged_max_s=0.05)
    bus = SqliteBus(path, clock)
    observers: list[Callable[[Delivered], None]] = []

    def observe(delivered: Delivered) -> None:
        for each in observers:
            each(delivered)

    with delivering(Delivery(path, KEY, clock, seeded(11), times, observe)):
        yield SqliteRig(bus, receiver, path, observers)
