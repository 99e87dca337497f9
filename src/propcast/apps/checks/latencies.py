"""How fast each port answers one cheap read of what this service depends on."""

from functools import partial

from propcast.backends.bus.port import Bus
from propcast.backends.compose import Backends
from propcast.backends.objects.port import Objects
from propcast.backends.state.leases import newest_lease
from propcast.core.errors import PropCastError
from propcast.service.catalogue import Entry
from propcast.service.health.checks import Observe
from propcast.service.health.ports import latency
from propcast.service.topics import Places, scratch_subscription, sent_by, taken_by
from propcast.tables.analytics import EVENTS

KNOWN_OBJECT = "known/object"
"""A blob that every service makes sure of when it opens, to ask for its head ever after."""


class Absent(PropCastError, FileNotFoundError):
    """Something that a service depends on does not exist."""


def latencies(entry: Entry, backends: Backends, places: Places) -> dict[str, Observe]:
    """Return the observations of the four ports by key."""
    return {
        "warehouse:latency": latency(partial(backends.warehouse.version, EVENTS)),
        "state:latency": latency(partial(newest_lease, backends.state, "health")),
        "objects:latency": latency(partial(_head, backends.objects)),
        "bus:latency": latency(partial(_require_declared, entry, backends.bus, places)),
    }


def ensure_known_object(objects: Objects) -> None:
    """Put the known blob where it is not yet."""
    objects.put(KNOWN_OBJECT, b"known")


def _head(objects: Objects) -> None:
    if not objects.exists(KNOWN_OBJECT):
        raise Absent(f"the object {KNOWN_OBJECT} is gone: the object store is another one, or was emptied")


def _require_declared(entry: Entry, bus: Bus, places: Places) -> None:
    absent = bus.missing(sent_by(entry, places), [*taken_by(entry, places), scratch_subscription(entry)])
    if absent:
        raise Absent(f"the bus lacks {', '.join(absent)}; `propcast up` declares them")
