"""The Pub/Sub push envelope: how a message looks in the body of a push, on every bus."""

import base64
import json
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from propcast.backends.bus.instants import micros_of_text
from propcast.backends.bus.port import DEADLINE, ORIGINAL_ID, Body, Message
from propcast.backends.json import JsonValue
from propcast.core.errors import InputError
from propcast.core.instants import text_of

STAMP = "propcast_message_id"
"""Attribute with the id that a publisher gave, where the bus's own id does not outlive a repetition or a death."""

_NAME = "/subscriptions/"
_ID_BYTES = 250
"""Longest id: it becomes part of keys in the state store, which are bounded and hold no NUL."""
_YEARS = range(1970, 9000)
"""Years of publication; there is room on both sides for waiting times."""


class MalformedEnvelope(InputError):
    """A push body is not an envelope around one JSON object; pushing it again can't help."""


@dataclass(frozen=True)
class Envelope:
    """One delivery of one message.

    Attributes:
        message: what was published.
        subscription: its name, without the project's path.
        delivery_attempt: 1 for the first delivery; None when the bus does not count.
    """

    message: Message
    subscription: str
    delivery_attempt: int | None = None


def encode(envelope: Envelope) -> bytes:
    """Return the body of a push; `InputError` when the data has no JSON form."""
    message = envelope.message
    return encode_text(
        data_text(message.data),
        {
            "attributes": dict(message.attributes),
            "messageId": message.id,
            "publishTime": text_of(message.published_at),
        },
        envelope.subscription,
        envelope.delivery_attempt,
    )


def encode_text(data: str, message: Body, subscription: str, attempt: int | None) -> bytes:
    """Return the body of a push around data that is JSON text already, and the message's other fields."""
    body: Body = {
        "message": {"data": base64.b64encode(data.encode()).decode(), **message},
        "subscription": subscription,
    }
    if attempt is not None:
        body["deliveryAttempt"] = attempt
    return json.dumps(body, separators=(",", ":")).encode()


def data_text(data: Body) -> str:
    """Return the JSON text of a message's data; `InputError` when it has none (not a number, no unicode text)."""
    try:
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the data has no JSON form ({error}); publish finite numbers and unicode text") from error
    return text


def decode(body: bytes) -> Envelope:
    """Read the body of a push; `MalformedEnvelope` says in one sentence what is wrong with it."""
    outer = _object(body, "the body")
    inner = outer.get("message")
    if not isinstance(inner, dict):
        raise MalformedEnvelope("the body has no object `message`; push the Pub/Sub envelope")
    given, attributes = identified(_id(inner, "messageId"), _attributes(inner))
    message = Message(
        id=given,
        data=_object(_data(inner), "`message.data`"),
        attributes=attributes,
        published_at=_instant(_text(inner, "publishTime")),
    )
    return Envelope(message, _text(outer, "subscription").rpartition(_NAME)[2], _attempt(outer))


def identified(bus_id: str, attributes: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the id of a message, that of its stamp if it has one, and its attributes without the stamp."""
    others = {name: value for name, value in attributes.items() if name != STAMP}
    return attributes.get(STAMP) or bus_id, others


def _object(body: bytes, what: str) -> Body:
    try:
        found = json.loads(body, parse_constant=_no_constant)
        # Half of a surrogate pair is legal JSON, and no store takes it.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedEnvelope(f"{what} is not JSON in UTF-8 ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise MalformedEnvelope(f"{what} is JSON but no object")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _data(message: Body) -> bytes:
    try:
        return base64.b64decode(_text(message, "data"), validate=True)
    except (Base64Error, ValueError) as error:
        raise MalformedEnvelope("`message.data` is not base64") from error


def _attributes(message: Body) -> dict[str, str]:
    found = message.get("attributes")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise MalformedEnvelope("`message.attributes` is no object")
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    if len(texts) < len(found):
        raise MalformedEnvelope("an attribute is not a text")
    for name in (ORIGINAL_ID, STAMP):
        if name in texts:
            _id(found, name)
    if DEADLINE in texts:
        _deadline(texts[DEADLINE])
    return texts


def _deadline(text: str) -> None:
    # Who puts the message aside sends it again with this attribute, and no bus would take it.
    try:
        micros_of_text(text)
    except InputError as error:
        raise MalformedEnvelope(f"`{DEADLINE}` is not an ISO instant with its zone") from error


def _id(found: Body, name: str) -> str:
    value = _text(found, name)
    if "\0" in value or len(value.encode()) > _ID_BYTES:
        raise MalformedEnvelope(f"`{name}` holds NUL or is longer than {_ID_BYTES} bytes")
    return value


def _text(found: Body, name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedEnvelope(f"`{name}` is missing, empty or not a text")
    return value


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedEnvelope("`publishTime` is not an ISO instant") from error
    if instant.year not in _YEARS:
        raise MalformedEnvelope(f"`publishTime` is of the year {instant.year}")
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _attempt(outer: Body) -> int | None:
    found: JsonValue = outer.get("deliveryAttempt")
    return found if isinstance(found, int) and not isinstance(found, bool) else None
