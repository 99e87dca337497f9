"""The bus on Pub/Sub, delivering through Google's emulator."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from secrets import token_hex

import grpc

from propcast.backends.bus.port import Bus, Subscription
from propcast.backends.bus.pubsub.bus import PubSubBus
from propcast.backends.bus.pubsub.clients import Clients, over
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.names import Names
from propcast.backends.bus.pubsub.opening import PATIENCE
from propcast.core.clock import SystemClock
from tests.backends.bus_conformance.receiver import Receiver
from tests.emulators.postman import Postman
from tests.emulators.pubsub_tap import StandInMeter, Tap

ACCOUNT = "push-local@propcast.iam.gserviceaccount.com"


class Carried(Receiver):
    """A receiver whose address is the postman's."""

    address = ""

    @property
    def url(self) -> str:
        return self.address

    @property
    def door(self) -> str:
        return super().url


@dataclass(frozen=True)
class PubSubRig:
    """A project of its own in the emulator."""

    bus: Bus
    receiver: Receiver
    clients: Clients
    names: Names
    postman: Postman
    patience_s: float = 240.0
    storm: int = 20
    filters: bool = True

    def paced(self, subscription: Subscription) -> Subscription:
        return replace(subscription, ack_deadline_s=10.0, min_backoff_s=0.1, max_backoff_s=1.0)


@contextmanager
def rigged(emulator: str) -> Iterator[PubSubRig]:
    """Give a bus that delivers to a receiver; nothing of it is left afterwards."""
    names, tap, receiver = Names(f"project-{token_hex(4)}"), Tap(), Carried()
    with grpc.insecure_channel(emulator) as channel, grpc.insecure_channel(emulator) as own:
        plain, clients = over(own), over(grpc.intercept_channel(channel, tap))
        postman = Postman(
            plain.subscriber, lambda path: f"{receiver.door}{path}", lambda audience, _: f"for {audience}"
        )
        receiver.address = postman.url
        meter = StandInMeter(names, tap, postman, plain.subscriber)
        patience = replace(PATIENCE, rng=random.Random(11))  # noqa: S311
        bus = PubSubBus(Declaring(names, ACCOUNT, clients, patience), SystemClock(), meter)
        try:
            yield PubSubRig(bus, receiver, clients, names, postman)
        finally:
            for each in plain.subscriber.list_subscriptions(project=names.parent):
                plain.subscriber.delete_subscription(subscription=each.name)
            postman.stop()
            receiver.stop()
