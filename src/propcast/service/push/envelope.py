"""Opens a push: the envelope, then the typed message inside it; whatever does not fit is poison."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from propcast.backends.bus.envelope import Envelope, MalformedEnvelope, decode
from propcast.backends.json import JsonValue
from propcast.core.errors import PropCastError
from propcast.service.limits import nests_deeper

M = TypeVar("M", bound=BaseModel)

DEEPEST = 32


class Poison(PropCastError):
    """A push that no repeat can make good; `envelope` is there when at least that could be opened."""

    def __init__(self, reason: str, envelope: Envelope | None = None) -> None:
        self.envelope = envelope
        super().__init__(reason)


@dataclass(frozen=True)
class Delivery:
    """What came with a message.

    Attributes:
        message_id: its id on the bus; a replay has a new one.
        key: the id under which it was first published; the inbox key.
        attempt: which delivery this is, from 1.
    """

    message_id: str
    key: str
    subscription: str
    attempt: int
    attributes: Mapping[str, str]
    published_at: datetime
    data: Mapping[str, JsonValue]


def open_push(raw: bytes, model: type[M]) -> tuple[Delivery, M]:
    """Return the delivery and its message, or raise `Poison` with the first thing that is wrong."""
    if nests_deeper(raw, DEEPEST):
        raise Poison(f"the envelope nests deeper than {DEEPEST}")
    try:
        envelope = decode(raw)
    except (MalformedEnvelope, OverflowError) as error:
        raise Poison(str(error)) from error
    return _delivery(envelope), _message(envelope, model)


def _delivery(envelope: Envelope) -> Delivery:
    message = envelope.message
    return Delivery(
        message_id=message.id,
        key=message.key,
        subscription=envelope.subscription,
        attempt=max(1, envelope.delivery_attempt or 1),
        attributes=message.attributes,
        published_at=message.published_at,
        data=message.data,
    )


def _message(envelope: Envelope, model: type[M]) -> M:
    text = json.dumps(envelope.message.data)
    if nests_deeper(text.encode(), DEEPEST):
        raise Poison(f"the message nests deeper than {DEEPEST}", envelope)
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Poison(_first(model, error), envelope) from error


def _first(model: type[BaseModel], error: ValidationError) -> str:
    """Name the first misfit without quoting the value."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"]) or "the message"
    return f"not a {model.__name__}: {where}: {found['msg']}"
