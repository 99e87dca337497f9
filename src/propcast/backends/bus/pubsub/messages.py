"""Messages of the port as Pub/Sub carries them, and what it says of those that died."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex

from google.pubsub_v1 import types

from propcast.backends.bus.envelope import STAMP, data_text, identified
from propcast.backends.bus.port import (
    DEAD_DELIVERIES,
    DEAD_REASON,
    DEAD_SUBSCRIPTION,
    DEADLINE,
    ORIGINAL_ID,
    Body,
    DeadLetter,
    Message,
)
from propcast.backends.bus.pubsub.names import short

MOST, LARGEST = 1000, 9_000_000
"""Messages, and bytes, of one request; Pub/Sub takes 10 MB with everything around them."""

_DEATH = "CloudPubSubDeadLetterSource"
"""Begins the attributes that Pub/Sub itself gives a dead letter."""
_PUBLISHED_AT, _SAID = f"{_DEATH}TopicPublishTime", f"{_DEATH}DeliveryErrorMessage"


def stamped(data: Body, attributes: Mapping[str, str]) -> types.PubsubMessage:
    """Return a message with an id of its own.

    Pub/Sub's id is another one when a publication is repeated because its answer was lost, and when a message dies;
    the stamp stays, so whoever takes the message knows it again.
    """
    return types.PubsubMessage(data=data_text(data).encode(), attributes={**attributes, STAMP: token_hex(12)})


def stamp_of(message: types.PubsubMessage) -> str:
    """Return the id that a stamped message has."""
    return str(message.attributes[STAMP])


def pages(messages: Sequence[types.PubsubMessage]) -> Iterator[list[types.PubsubMessage]]:
    """Yield the messages in as few requests as they fit into."""
    page, size = list[types.PubsubMessage](), 0
    for each in messages:
        own = types.PubsubMessage.pb(each).ByteSize()
        if page and (len(page) == MOST or size + own > LARGEST):
            yield page
            page, size = [], 0
        page.append(each)
        size += own
    if page:
        yield page


def received(message: types.PubsubMessage) -> Message:
    """Return a message as a subscriber sees it; what is no JSON object, and so not ours, comes as `text`."""
    given, attributes = identified(message.message_id, dict(message.attributes))
    return Message(given, _data(message.data), attributes, _utc(message.publish_time))


def in_order(found: Sequence[types.ReceivedMessage]) -> list[types.ReceivedMessage]:
    """Return messages by the time of their publication."""
    return sorted(found, key=lambda each: _place(each.message))


def gave_up(message: types.PubsubMessage) -> str:
    """Return the subscription that gave a dead letter up; empty for a message that is none."""
    return short(message.attributes.get(DEAD_SUBSCRIPTION, ""))


def letter(message: types.PubsubMessage) -> DeadLetter:
    """Return a dead letter as it was before it died."""
    told, seen = message.attributes, received(message)
    alive = {name: value for name, value in seen.attributes.items() if not _of_death(name)}
    published_at = datetime.fromisoformat(told[_PUBLISHED_AT]) if _PUBLISHED_AT in told else seen.published_at
    reason = told.get(DEAD_REASON) or told.get(_SAID) or "Pub/Sub does not say; the service's log does"
    deliveries = int(told.get(DEAD_DELIVERIES, "0"))
    return DeadLetter(Message(seen.id, seen.data, alive, published_at), reason, deliveries, seen.published_at)


def again(letter: DeadLetter, now: datetime) -> types.PubsubMessage:
    """Return a dead letter for its second life: a new id, the first one beside it, no deadline that has passed."""
    message = letter.message
    passed = DEADLINE in message.attributes and datetime.fromisoformat(message.attributes[DEADLINE]) <= now
    kept = {name: value for name, value in message.attributes.items() if not (passed and name == DEADLINE)}
    return stamped(message.data, {**kept, ORIGINAL_ID: message.key})


def _place(message: types.PubsubMessage) -> tuple[datetime, int, str]:
    return message.publish_time, len(message.message_id), message.message_id


def _of_death(name: str) -> bool:
    return name.startswith(_DEATH) or name == DEAD_REASON


def _data(raw: bytes) -> Body:
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"text": raw.decode("utf-8", "backslashreplace")}


def _utc(instant: datetime) -> datetime:
    return datetime.fromtimestamp(instant.timestamp(), UTC)
