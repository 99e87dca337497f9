"""Documents as Firestore keeps them: the body as JSON text, each scalar of it once more to find by, and when it ends.

All scalars are there to find by, declared or not: a field that a later release declares finds earlier documents too.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from google.cloud.firestore_v1.types import Document as Stored
from google.cloud.firestore_v1.types import Value

from propcast.backends.state.firestore.names import key_of
from propcast.backends.state.firestore.values import encoded
from propcast.backends.state.port import Body, Document
from propcast.core.instants import instant_of

BODY = "body"
ENDS = "ends"
"""A field with an instant, from which on Firestore itself may delete the document."""
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SCALARS = (bool, int, float, str, type(None))


def path(field: str) -> str:
    """Return the field of a stored document that a body's field is found by."""
    return f"by_{field}"


def stored(name: str, text: str, ages: Mapping[str, timedelta]) -> Stored:
    """Return a document of that full name; `ages` says for how long after the instant in a field it is kept."""
    body: Body = json.loads(text)
    scalars = {field: value for field, value in body.items() if isinstance(value, _SCALARS)}
    fields = {path(field): _bytes(value) for field, value in scalars.items() if _FIELD.fullmatch(field)}
    ends = [instant_of(str(body[field])) + kept for field, kept in ages.items() if body.get(field)]
    return Stored(name=name, fields={BODY: Value(string_value=text), **fields, **_ends(ends)})


def read(document: Stored) -> Document:
    """Return what a stored document holds."""
    return Document(key_of(document.name.rsplit("/", 1)[1]), json.loads(document.fields[BODY].string_value))


def marker(name: str, attempt: int, ends: datetime) -> Stored:
    """Return the document that says which attempt of a transaction was committed."""
    return Stored(name=name, fields={"attempt": Value(integer_value=attempt), **_ends([ends])})


def attempt_of(document: Stored) -> int:
    """Return the attempt that a marker tells of."""
    return int(document.fields["attempt"].integer_value)


def _bytes(value: bool | int | float | str | None) -> Value:
    return Value(bytes_value=encoded(value))


def _ends(instants: list[datetime]) -> dict[str, Value]:
    return {ENDS: Value(timestamp_value=min(instants))} if instants else {}
