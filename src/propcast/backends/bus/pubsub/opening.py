"""Opens the bus of an environment."""

import grpc

from propcast.backends.bus.pubsub.bus import PubSubBus
from propcast.backends.bus.pubsub.clients import connected, over
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.meter import Unmeasured
from propcast.backends.bus.pubsub.monitoring import MonitoringMeter
from propcast.backends.bus.pubsub.names import Names
from propcast.backends.bus.pubsub.subscriptions import PLATFORM_TRIES
from propcast.backends.google.accounts import PUSHER, account
from propcast.backends.google.patience import Patience
from propcast.backends.google.places import PUBSUB, Places
from propcast.backends.ground import Ground

PATIENCE = Patience(budget_s=20.0, call_s=5.0, first_s=0.2, longest_s=4.0)
"""How long Pub/Sub is waited for."""


def opened(ground: Ground) -> PubSubBus:
    """Return the bus that the settings name, with the credentials of this machine, or the emulator's."""
    places = Places.of(ground.settings, ground.environ)
    emulator = places.emulators.get(PUBSUB)
    pusher = account(PUSHER, ground.settings.environment, places.project)
    clients = over(grpc.insecure_channel(emulator)) if emulator else connected()
    meter = (
        Unmeasured("an emulator does not measure what waits") if emulator else MonitoringMeter(places.project, PATIENCE)
    )
    declaring = Declaring(Names(places.project), pusher, clients, PATIENCE, PLATFORM_TRIES)
    return PubSubBus(declaring, ground.clock, meter)
