"""Messages whose inputs are not complete yet: put into the outbox for later, under the key they came with."""

from datetime import datetime, timedelta

from propcast.backends.bus.port import DEADLINE, ORIGINAL_ID
from propcast.backends.state import inbox, outbox
from propcast.backends.state.outbox import Outgoing
from propcast.backends.state.port import State, Transaction
from propcast.core.errors import NotReady
from propcast.core.instants import text_of
from propcast.pipeline.messages import Topic
from propcast.service.catalogue import Entry
from propcast.service.push import Delivery
from propcast.service.push.desk import Postpone
from propcast.service.topics import Places

PAUSE = timedelta(seconds=30)
PATIENCE = timedelta(minutes=15)
"""A message that came without a deadline gets this long from its first publication."""


def postponing(entry: Entry, state: State, places: Places) -> Postpone:
    """Return what puts a delivery aside: once for each message, at most until its deadline.

    The copy goes to the topic of the route that took it, whatever subscription the envelope names. It has the
    original's key, so that its effect is recognised; past the deadline the bus gives it up.
    """
    pause = PAUSE / places.divisor

    def postpone(topic: str, delivery: Delivery, _: NotReady) -> None:
        def work(tx: Transaction) -> None:
            consumer = f"{entry.name} postponed"
            if inbox.seen(tx, consumer, delivery.message_id):
                return
            inbox.record(tx, consumer, delivery.message_id)
            attributes = {**delivery.attributes, ORIGINAL_ID: delivery.key, DEADLINE: _deadline(delivery, places)}
            called = places.name(Topic(topic))
            outbox.enqueue(tx, Outgoing(called, {**delivery.data}, attributes, delivery.key, not_before=tx.now + pause))

        state.transact(work)

    return postpone


def _deadline(delivery: Delivery, places: Places) -> str:
    given: datetime = delivery.published_at + PATIENCE / places.divisor
    return delivery.attributes.get(DEADLINE) or text_of(given)
