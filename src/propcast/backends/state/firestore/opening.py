"""Firestore as an environment has it."""

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from propcast.backends.google.errors import google_errors
from propcast.backends.google.patience import Patience
from propcast.backends.google.places import FIRESTORE, Places
from propcast.backends.ground import Ground
from propcast.backends.state.firestore.calls import Calls
from propcast.backends.state.firestore.reading import Place
from propcast.backends.state.firestore.store import FirestoreState
from propcast.core.clock import Clock

_UNBOUNDED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


def opened(ground: Ground) -> FirestoreState:
    """Return the state store of an environment; nothing is asked yet.

    Its time is Firestore's. An emulator stands on this machine and has this machine's, which a test may set.
    """
    places = Places.of(ground.settings, ground.environ)
    emulator = places.emulators.get(FIRESTORE, "")
    clock = ground.store_clock if emulator else None
    return state_at(places.project, places.dataset_prefix, emulator, clock)


def state_at(
    project: str, prefix: str, emulator: str = "", clock: Clock | None = None, patience: Patience | None = None
) -> FirestoreState:
    """Return the state store of a project, in collections whose names begin with a prefix."""
    database = f"projects/{project}/databases/(default)"
    calls = Calls(lambda: _client(emulator), database, patience or Patience())
    return FirestoreState(calls, Place(database, prefix), clock)


def _client(emulator: str) -> FirestoreClient:
    if emulator:
        channel = grpc.insecure_channel(emulator, options=_UNBOUNDED)
        return FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    with google_errors("signing in to Firestore"):
        return FirestoreClient()
