"""A bus over a Pub/Sub in memory, on a real connection, where only waiting moves the time."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import grpc
import pytest
from google.pubsub_v1 import types

from propcast.backends.bus.port import DEAD_DELIVERIES, DEAD_SUBSCRIPTION, Subscription
from propcast.backends.bus.pubsub.bus import PubSubBus
from propcast.backends.bus.pubsub.clients import over
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.meter import Unmeasured
from propcast.backends.bus.pubsub.names import Names
from propcast.backends.bus.pubsub.opening import PATIENCE
from propcast.core.clock import SystemClock
from tests.emulators.pubsub_fake import PubSub
from tests.emulators.wire import Faulty, serving

TOPIC, DEAD, WORKER, READER = "prediction-request", "prediction-request-dead", "worker", "reader"
ACCOUNT = "push-local@toys.iam.gserviceaccount.com"
NAMES = Names("toys")
PUSHED = Subscription(WORKER, TOPIC, "https://worker.test/predict", "https://worker.test", dead_letter_topic=DEAD)
READ = Subscription(READER, TOPIC, "", "")


@dataclass
class Bench:
    """A bus, what stands behind it, and how long it waited."""

    pubsub: PubSub
    wire: Faulty
    bus: PubSubBus
    slept: list[float] = field(default_factory=list)

    def declare(self) -> "Bench":
        self.bus.ensure([TOPIC, DEAD], [PUSHED, READ])
        return self

    def die(self, n: int) -> str:
        """Publish a message and let it be given up by the worker; return its id."""
        (given,) = self.bus.publish(TOPIC, [({"n": n}, {"sport": "nba"})])
        message = self.pubsub.waiting[NAMES.subscription(WORKER)].pop()
        attributes = {**message.attributes, DEAD_SUBSCRIPTION: WORKER, DEAD_DELIVERIES: "8"}
        over_there = [types.PubsubMessage(data=message.data, attributes=attributes)]
        self.bus._clients.publisher.publish(topic=NAMES.topic(DEAD), messages=over_there)
        return given


@contextmanager
def benched() -> Iterator[Bench]:
    """Give a bus over an empty Pub/Sub."""
    pubsub, wire, slept = PubSub(), Faulty(), list[float]()
    with serving(wire.services(pubsub.services())) as address, grpc.insecure_channel(address) as channel:
        calls = replace(PATIENCE, rng=random.Random(7), monotonic=lambda: sum(slept), sleep=slept.append)  # noqa: S311
        bus = PubSubBus(
            Declaring(NAMES, ACCOUNT, over(channel), calls), SystemClock(), Unmeasured("nobody measures here")
        )
        yield Bench(pubsub, wire, bus, slept)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with benched() as made:
        yield made


@pytest.fixture
def undisturbed() -> Iterator[Bench]:
    """Another one, to compare with."""
    with benched() as made:
        yield made
