"""Messages that nobody could handle: kept with the reason until somebody replays or discards them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from propcast.backends.state.keys import compound
from propcast.backends.state.port import Body, Collection, Document, JsonValue, Reader, Transaction, Where
from propcast.core.errors import StoreConflict
from propcast.core.instants import instant_of, text_of

DEAD_LETTERS = Collection("dead_letters", ("order", "topic", "at", "replayed_at"))
# Two releases may share a store: what was discarded has a `replayed_at` too, so that to both nothing waits for it.
_PAYLOAD_LENGTH = 400_000
_TEXT_LENGTH = 2_000
_KEY_LENGTH = 200


class Fate(StrEnum):
    """What became of a dead letter."""

    REPLAYED = "replayed"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class DeadLetter:
    """One message: where it was sent, what it held, why it died, and what somebody did with it since.

    `payload` is the value that arrived, or the beginning of its JSON text when it was too large to keep
    (`is_whole` is False then, and it cannot be replayed).
    """

    id: str
    topic: str
    payload: JsonValue
    attributes: Mapping[str, str]
    message_id: str
    reason: str
    at: datetime
    deaths: int
    is_whole: bool
    fate: Fate | None
    settled_at: datetime | None
    settled_by: str


def record(
    tx: Transaction,
    *,
    topic: str,
    payload: JsonValue,
    reason: str,
    message_id: str,
    attributes: Mapping[str, str] | None = None,
) -> str:
    """Keep a dead message and return its id; a repeat changes nothing, one that died again after a replay waits again.

    One that was discarded stays discarded: whoever did so does not want to hear of it again.

    Anything is accepted, also texts that are no Unicode and values that are no JSON numbers.
    """
    content = json.dumps([payload, {**(attributes or {})}])
    key = _key(topic, message_id or hashlib.sha256(content.encode()).hexdigest())
    found: dict[str, Any] | None = tx.get(DEAD_LETTERS, key)
    if found is not None and _fate(found) is not Fate.REPLAYED:
        return key
    body: Body = {
        "order": tx.order(),
        "topic": _storable(topic),
        "content": content[:_PAYLOAD_LENGTH],
        "is_whole": len(content) <= _PAYLOAD_LENGTH,
        "message_id": _storable(message_id)[:_TEXT_LENGTH],
        "reason": _storable(reason)[:_TEXT_LENGTH],
        "at": text_of(tx.now),
        "deaths": 1 if found is None else found["deaths"] + 1,
        "replayed_at": None,
        "replayed_by": "",
        "is_discarded": False,
    }
    tx.put(DEAD_LETTERS, key, body)
    return key


def get(reader: Reader, letter_id: str) -> DeadLetter | None:
    """Return one dead letter, or None when there is no such id."""
    body = reader.get(DEAD_LETTERS, letter_id)
    return None if body is None else _letter(Document(letter_id, body))


def find(reader: Reader, *, topic: str | None = None, limit: int = 100) -> list[DeadLetter]:
    """Return dead letters, newest first, replayed and discarded ones too."""
    where = [] if topic is None else [Where("topic", "==", topic)]
    found = reader.find(DEAD_LETTERS, where, order_by="order", descending=True, limit=limit)
    return [_letter(document) for document in found]


def waiting(reader: Reader, *, topic: str | None = None, limit: int = 100) -> list[DeadLetter]:
    """Return dead letters that nobody has done anything about, oldest first."""
    where = [Where("replayed_at", "==", None), *([] if topic is None else [Where("topic", "==", topic)])]
    return [_letter(document) for document in reader.find(DEAD_LETTERS, where, order_by="order", limit=limit)]


def mark_replayed(tx: Transaction, letter_id: str, by: str) -> DeadLetter:
    """Record who replayed a dead letter, with the replay; `StoreConflict` unless it is whole and waits."""
    body = _waiting(tx, letter_id)
    if not body["is_whole"]:
        raise StoreConflict(f"dead letter {letter_id!r} is incomplete: it was too large to keep; nothing was sent")
    return _settle(tx, letter_id, body, Fate.REPLAYED, by)


def mark_discarded(tx: Transaction, letter_id: str, by: str) -> DeadLetter:
    """Record who discarded a dead letter, so that nothing waits for it; `StoreConflict` unless it waits."""
    return _settle(tx, letter_id, _waiting(tx, letter_id), Fate.DISCARDED, by)


def _waiting(tx: Transaction, letter_id: str) -> Body:
    body = tx.get(DEAD_LETTERS, letter_id)
    if body is None:
        raise StoreConflict(f"there is no dead letter {letter_id!r}; nothing was changed")
    if fate := _fate(body):
        raise StoreConflict(f"dead letter {letter_id!r} was already {fate}; nothing was changed")
    return body


def _settle(tx: Transaction, letter_id: str, body: Body, fate: Fate, by: str) -> DeadLetter:
    what_became: Body = {"replayed_at": text_of(tx.now), "replayed_by": by, "is_discarded": fate is Fate.DISCARDED}
    tx.put(DEAD_LETTERS, letter_id, {**body, **what_became})
    return _letter(Document(letter_id, {**body, **what_became}))


def _fate(body: Body) -> Fate | None:
    if body["replayed_at"] is None:
        return None
    return Fate.DISCARDED if body.get("is_discarded") else Fate.REPLAYED


def _key(topic: str, message_id: str) -> str:
    key = _storable(compound(topic, message_id))
    return key if len(key) <= _KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def _storable(text: str) -> str:
    """Return text without what some store cannot hold: NUL and halves of surrogate pairs."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _letter(document: Document) -> DeadLetter:
    row: dict[str, Any] = document.body
    payload, attributes = json.loads(row["content"]) if row["is_whole"] else (row["content"], {})
    return DeadLetter(
        id=document.key,
        topic=row["topic"],
        payload=payload,
        attributes=attributes,
        message_id=row["message_id"],
        reason=row["reason"],
        at=instant_of(row["at"]),
        deaths=row["deaths"],
        is_whole=row["is_whole"],
        fate=_fate(row),
        settled_at=None if row["replayed_at"] is None else instant_of(row["replayed_at"]),
        settled_by=row["replayed_by"],
    )
