"""What every adapter refuses before it touches the store, so that all of them refuse the same."""

import json
import math
from collections.abc import Sequence

from propcast.backends.state.port import Body, Collection, JsonValue, Scalar, Where
from propcast.core.errors import InputError, did_you_mean

KEY_BYTES = 1_000
BODY_BYTES = 900_000
_INTEGERS = range(-(2**63), 2**63)


def check_key(collection: Collection, key: str) -> None:
    """Refuse a key that some store cannot hold."""
    if not key or "\0" in key:
        raise InputError(f"{key!r} is no key of {collection.name}; a key is text without NUL, at least one character")
    if len(_utf8(key, f"the key {key!r} of {collection.name}")) > KEY_BYTES:
        raise InputError(f"the key {key[:40]!r}… of {collection.name} is longer than {KEY_BYTES} bytes; hash its parts")


def check_change(collection: Collection) -> None:
    """Refuse to replace or delete in an append-only collection."""
    if collection.append_only:
        raise InputError(f"{collection.name} is append-only; insert another document instead of changing one")


def encode(collection: Collection, key: str, body: Body) -> str:
    """Return the body as JSON text; refuse one that breaks the collection's declaration or the limits."""
    place = f"{collection.name} {key!r}"
    for field in collection.fields:
        if field not in body:
            raise InputError(f"{place} has no {field!r}; every body has the declared fields, None when unknown")
        _check_scalar(body[field], f"{place} field {field!r}")
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InputError(f"{place} is not JSON ({error}); write texts, finite numbers, lists and dicts") from error
    if len(_utf8(text, place)) > BODY_BYTES:
        raise InputError(f"{place} is longer than {BODY_BYTES} bytes as JSON; put large values into the object store")
    return text


def check_query(collection: Collection, where: Sequence[Where], order_by: str | None, limit: int | None) -> None:
    """Refuse conditions that name an undeclared field or mean different things to different stores."""
    for condition in where:
        _check_field(collection, condition.field)
        _check_condition(condition)
    if order_by is not None:
        _check_field(collection, order_by)
    if limit is not None and limit < 1:
        raise InputError(f"limit is {limit}; it is at least 1, or None for all")


def values_of(condition: Where) -> tuple[Scalar, ...]:
    """Return the scalars that a condition compares with."""
    if condition.op != "in":
        return (condition.value,)  # type: ignore[return-value]  # checked by `check_query`
    return tuple(condition.value)  # type: ignore[arg-type]


def _check_field(collection: Collection, field: str) -> None:
    if field not in collection.fields:
        hint = did_you_mean(field, list(collection.fields))
        raise InputError(f"{collection.name} declares no field {field!r} to find by{hint}")


def _check_condition(condition: Where) -> None:
    place = f"the condition on {condition.field!r}"
    if condition.op == "in" and (isinstance(condition.value, str) or not isinstance(condition.value, Sequence)):
        raise InputError(f"{place} has {condition.value!r}; `in` takes a list")
    for value in values_of(condition):
        _check_scalar(value, place)
        if condition.op not in ("==", "in") and (value is None or isinstance(value, bool)):
            raise InputError(f"{place} asks for {condition.op} {value!r}; only text and numbers have an order")


def _check_scalar(value: JsonValue | Sequence[Scalar], place: str) -> None:
    match value:
        case None | bool():
            return
        case int() if value in _INTEGERS:
            return
        case float() if math.isfinite(value):
            return
        case str() if "\0" not in value:
            _utf8(value, place)
        case _:
            raise InputError(f"{place} is {value!r}; use text without NUL, a finite number, a boolean or None")


def _utf8(text: str, place: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{place} holds half a surrogate pair, which is no text") from error
