"""Work that one process at a time does, with what it leaves behind in one transaction: once for every message."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from propcast.apps.resources import Resources
from propcast.backends.state import inbox, leases, outbox
from propcast.backends.state.leases import Lease
from propcast.backends.state.outbox import Outgoing
from propcast.backends.state.port import Transaction
from propcast.core.errors import PropCastError, StoreConflict
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.pipeline.messages import AboutDay, Topic, attributes_of, body_of
from propcast.pipeline.progress import Advance
from propcast.service.push import Delivery, Outcome, Result
from propcast.service.telemetry.correlation import outgoing_attributes

TTL = timedelta(seconds=60)


class Busy(StoreConflict):
    """Another holder works on the same thing; `wait_s` is how long its lease still lasts."""

    def __init__(self, what: str, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"somebody else works on {what}; try again in {max(1, round(wait_s))} s")


@dataclass(frozen=True)
class News:
    """A message for the outbox."""

    topic: Topic
    message: AboutDay

    def outgoing(self) -> Outgoing:
        """Return it as it is enqueued: in order per sport and game day, with the ids of the work that it comes from."""
        about = self.message
        attributes = {**attributes_of(about), **outgoing_attributes()}
        return Outgoing(self.topic, body_of(about), attributes, order_key=f"{about.sport} {about.game_day}")


Work = Callable[[Advance], Sequence[News]]
"""Does the work, telling how far it is, and returns what there is to tell others; it can be done twice."""


def once(resources: Resources, delivery: Delivery, what: str, work: Work) -> Result:
    """Do the work of one message and leave its inbox key and news together; a repeat does nothing.

    Another holder's live lease is `busy`, uncharged. A lease that is lost stops the work before its next step.
    """
    state, consumer = resources.backends.state, resources.entry.name
    if inbox.seen(state, consumer, delivery.key) or inbox.seen(state, resources.graveyard, delivery.message_id):
        return Result(Outcome.DUPLICATE)
    try:
        was_new = exclusively(resources, what, work, (consumer, delivery.key))
    except Busy as busy:
        return Result(Outcome.BUSY, str(busy), busy.wait_s)
    return Result(Outcome.DONE if was_new else Outcome.DUPLICATE)


def exclusively(resources: Resources, what: str, work: Work, message: tuple[str, str] | None = None) -> bool:
    """Work under a lease and commit the news, with the inbox key of a message if there is one; False for a repeat.

    Raises:
        Busy: another holder has the lease.
        Fenced: the lease was lost; nothing was told to anybody.
    """
    state, ttl = resources.backends.state, TTL / resources.places.divisor
    lease = leases.acquire(state, what, resources.holder, ttl)
    if lease is None:
        raise _busy(resources, what)
    try:
        with Heartbeat(state, lease, ttl) as heartbeat:
            news = work(lambda *_: heartbeat.require())
        return resources.commit(lambda tx: _leave(tx, lease, news, message))
    except BaseException:
        with suppress(PropCastError):  # best effort: a lease that nobody gives back ends by itself
            leases.release(state, lease)
        raise


def _busy(resources: Resources, what: str) -> Busy:
    state = resources.backends.state
    newest = leases.newest_lease(state, what)
    return Busy(what, (newest.expires_at - state.now()).total_seconds() if newest else 1.0)


def _leave(tx: Transaction, lease: Lease, news: Sequence[News], message: tuple[str, str] | None) -> bool:
    held = leases.require(tx, lease)
    is_repeat = message is not None and inbox.seen(tx, *message)
    held.release()
    if is_repeat:
        return False
    if message is not None:
        inbox.record(tx, *message)
    for each in news:
        outbox.enqueue(tx, each.outgoing())
    return True
