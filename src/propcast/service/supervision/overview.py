"""The processes of a home as they are now."""

from dataclasses import dataclass
from datetime import datetime

from propcast.service.supervision.place import Place
from propcast.service.supervision.processes import resident_mb
from propcast.service.supervision.record import Kept


@dataclass(frozen=True)
class Seen:
    """One process.

    Attributes:
        state: a word for people; `ready` is as good as it gets.
        since: when the state began.
        ready_ms: from its latest start to ready.
        note: what there is to say about its latest crash.
    """

    name: str
    state: str
    since: datetime
    pid: int | None
    restarts: int
    ready_ms: float | None
    memory_mb: float | None
    address: str
    note: str


def overview(place: Place) -> list[Seen]:
    """Return what the supervisor of a home keeps; nothing when none is alive."""
    record = place.running()
    return [_seen(kept) for kept in record.processes] if record else []


def _seen(kept: Kept) -> Seen:
    memory = resident_mb(kept.pid) if kept.pid is not None else None
    return Seen(
        name=kept.name,
        state=kept.state,
        since=kept.since,
        pid=kept.pid,
        restarts=kept.restarts,
        ready_ms=kept.ready_ms,
        memory_mb=memory,
        address=kept.address,
        note=kept.note,
    )
