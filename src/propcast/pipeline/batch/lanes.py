"""The lane of a canary: which share of every batch's shards a revision under trial computes beside the stable one.

One document per sport, put there by whoever rolls the sport's worker out, and believed only while the lease it was put
under is held: a controller that dies, pauses or goes back takes its lane along. Whatever is wrong with it, there is no
lane, and everything is as if there were no rollout.
"""

from dataclasses import dataclass
from datetime import datetime

from propcast.backends.state.leases import newest_lease
from propcast.backends.state.port import Body, Collection, Reader, Transaction
from propcast.core.errors import PropCastError
from propcast.core.sport import Sport
from propcast.pipeline.batch.documents import read, written

LANES = Collection("lanes")
SHARES = range(1, 100)
"""Percents that are a lane: with 0 the canary gets nothing, with 100 it is what computes every shard."""


@dataclass(frozen=True)
class Lane:
    """What a canary gets of every batch.

    Attributes:
        rollout: whose canary it is.
        revision: the canary.
        percent: of the shards of a batch.
        resource: what is leased by whoever put it there, under `token`.
        since: when the share became what it is.
    """

    sport: Sport
    rollout: str
    revision: str
    percent: int
    resource: str
    token: int
    since: datetime


def put(tx: Transaction, lane: Lane) -> None:
    """Let the coordinator find a lane; the caller requires the lease in the same transaction."""
    tx.put(LANES, lane.sport.value, written(lane))


def remove(tx: Transaction, sport: Sport) -> None:
    """Let there be no lane."""
    tx.delete(LANES, sport.value)


def find(reader: Reader, sport: Sport) -> Lane | None:
    """Return the lane of a sport as it was put there; None where there is none, or nothing that can be read as one."""
    body = reader.get(LANES, sport.value)
    return None if body is None else _read(body)


def active(tx: Transaction, sport: Sport) -> Lane | None:
    """Return the lane that counts now; None unless it was put there under a lease that is held still."""
    lane = find(tx, sport)
    lease = newest_lease(tx, lane.resource) if lane else None
    if lane is None or lease is None or lease.token != lane.token or lease.expires_at <= tx.now:
        return None
    return lane


def _read(body: Body) -> Lane | None:
    try:
        lane = read(Lane, body)
    except (KeyError, TypeError, ValueError, AttributeError, PropCastError):
        return None
    texts = (lane.rollout, lane.revision, lane.resource)
    is_sound = all(isinstance(each, str) and each for each in texts) and type(lane.percent) is int
    return lane if is_sound and lane.percent in SHARES else None
