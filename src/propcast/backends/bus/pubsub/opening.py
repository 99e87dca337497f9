"""Opens the bus of an environment."""

import random

import grpc

from propcast.backends.bus.pubsub.bus import PubSubBus
from propcast.backends.bus.pubsub.calls import Calls
from propcast.backends.bus.pubsub.clients import connected, over
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.meter import Unmeasured
from propcast.backends.bus.pubsub.monitoring import MonitoringMeter
from propcast.backends.bus.pubsub.names import Names
from propcast.backends.bus.pubsub.subscriptions import PLATFORM_TRIES
from propcast.backends.google.accounts import PUSHER, account
from propcast.backends.google.places import PUBSUB, Places
from propcast.backends.ground import Ground


def opened(ground: Ground) -> PubSubBus:
    """Return the bus that the settings name, with the credentials of this machine, or the emulator's."""
    places = Places.of(ground.settings, ground.environ)
    emulator = places.emulators.get(PUBSUB)
    calls = Calls(random.Random())  # noqa: S311 - spreads retries, protects nothing
    pusher = account(PUSHER, ground.settings.environment, places.project)
    clients = over(grpc.insecure_channel(emulator)) if emulator else connected()
    meter = (
        Unmeasured("an emulator does not measure what waits") if emulator else MonitoringMeter(places.project, calls)
    )
    declaring = Declaring(Names(places.project), pusher, clients, calls, PLATFORM_TRIES)
    return PubSubBus(declaring, ground.clock, meter)
