"""Messages that a transaction owes to the bus: stored with the effect, sent afterwards, at least once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from propcast.backends.state.port import Body, Collection, Document, Reader, State, Transaction, Where
from propcast.core.instants import instant_of, text_of

OUTBOX = Collection("outbox", ("id", "available_at"))
SENT = Collection("outbox_sent", ("topic", "order_key", "sent_at"))
_PAGE = 200
_ERROR_LENGTH = 500


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


@dataclass(frozen=True)
class Parcel:
    """A message that waits in the outbox: nothing of its `lane` may be sent before it."""

    id: str
    topic: str
    body: Body
    attributes: Mapping[str, str]
    lane: str
    due_at: datetime
    attempts: int


@dataclass(frozen=True)
class Refusal:
    """Why the bus did not take a parcel, how often it was tried, and how long it waits before the next try."""

    error: str
    attempts: int
    wait: timedelta


@dataclass(frozen=True)
class Look:
    """What a look into the outbox found: parcels that may be sent now, and whether nothing is there at all."""

    ready: list[Parcel]
    is_empty: bool


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


def due(state: State, limit: int = 100) -> list[Parcel]:
    """Return parcels that may be sent now, oldest first; one whose predecessor has to wait is not among them."""
    return look(state, limit).ready


def look(state: State, limit: int = 100) -> Look:
    """Return what is `due`, and whether anything waits; of an empty outbox nothing more is asked, not even the time."""
    now: datetime | None = None
    waiting, ready = set[str](), list[Parcel]()
    for parcel in _parcels(state):
        now = now or state.now()
        if parcel.lane in waiting or parcel.due_at > now:
            waiting.add(parcel.lane)
            continue
        ready.append(parcel)
        if len(ready) == limit:
            break
    return Look(ready, is_empty=now is None)


def mark_sent(tx: Transaction, sent: Mapping[str, str]) -> None:
    """Take parcels out of the outbox and remember under which message id the bus took each; twice is fine."""
    settle(tx, sent, {})


def settle(tx: Transaction, sent: Mapping[str, str], refused: Mapping[str, Refusal]) -> None:
    """`mark_sent`, and let parcels that the bus refused wait; all reads come first."""
    found = {parcel_id: tx.get(OUTBOX, parcel_id) for parcel_id in (*sent, *refused)}
    there = {parcel_id: body for parcel_id, body in found.items() if body is not None}
    for parcel_id, body in there.items():
        if parcel_id in sent:
            tx.delete(OUTBOX, parcel_id)
            tx.put(SENT, parcel_id, {**body, "sent_at": text_of(tx.now), "message_id": sent[parcel_id]})
        else:
            tx.put(OUTBOX, parcel_id, {**body, **_refused(refused[parcel_id], tx.now)})


def oldest_unsent_s(state: State) -> float:
    """Return for how many seconds the oldest sendable message has been waiting; 0 when none waits."""
    now = state.now()
    where = [Where("available_at", "<=", text_of(now))]
    oldest = state.find(OUTBOX, where, order_by="available_at", limit=1)
    return (now - instant_of(str(oldest[0].body["available_at"]))).total_seconds() if oldest else 0.0


def _refused(refusal: Refusal, now: datetime) -> Body:
    return {
        "attempts": refusal.attempts,
        "due_at": text_of(now + refusal.wait),
        "last_error": refusal.error[:_ERROR_LENGTH],
    }


def _parcels(reader: Reader) -> Iterator[Parcel]:
    after = ""
    while True:
        page = reader.find(OUTBOX, [Where("id", ">", after)], order_by="id", limit=_PAGE)
        yield from (_parcel(document) for document in page)
        if len(page) < _PAGE:
            return
        after = page[-1].key


def _parcel(document: Document) -> Parcel:
    row: dict[str, Any] = document.body
    return Parcel(
        id=document.key,
        topic=row["topic"],
        body=row["body"],
        attributes=row["attributes"],
        lane=row["lane"],
        due_at=instant_of(row["due_at"]),
        attempts=row["attempts"],
    )
