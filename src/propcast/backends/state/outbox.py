"""Messages that a transaction owes to the bus: stored with the effect, sent afterwards, at least once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from propcast.backends.state.instants import text_of
from propcast.backends.state.port import Body, Collection, Transaction

OUTBOX = Collection("outbox", ("id", "available_at"))


@dataclass(frozen=True)
class Outgoing:
    """A message to send once the transaction has committed.

    Messages with one `order_key` go out in the order in which they were enqueued. One with `not_before` goes out when
    that instant has come, outside this order, so that it holds nothing up.
    """

    topic: str
    body: Body
    attributes: Mapping[str, str]
    order_key: str
    not_before: datetime | None = None


def enqueue(tx: Transaction, message: Outgoing) -> str:
    """Store a message to be sent if and when the transaction commits; return its id."""
    key = tx.order()
    now = text_of(tx.now)
    available_at = now if message.not_before is None else max(now, text_of(message.not_before))
    body: Body = {
        "id": key,
        "topic": message.topic,
        "body": message.body,
        "attributes": {**message.attributes},
        "order_key": message.order_key,
        "lane": f"order {message.order_key}" if message.not_before is None else f"alone {key}",
        "created_at": now,
        "available_at": available_at,
        "due_at": available_at,
        "attempts": 0,
        "last_error": "",
    }
    tx.insert(OUTBOX, key, body)
    return key
