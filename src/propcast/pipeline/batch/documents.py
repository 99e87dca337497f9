"""Frozen dataclasses as documents and back, read off their own field types."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from propcast.backends.state.port import Body
from propcast.core.gameday import GameDay
from propcast.core.instants import instant_of, text_of

Kind = TypeVar("Kind")
Read = Callable[[Any], Any]

_PLAIN = frozenset({NoneType, bool, int, float, str})


def written(record: Any) -> Body:
    """Return the document of a dataclass: instants as ordered text, days as dates, enums as their values."""
    return {each.name: _plain(getattr(record, each.name)) for each in fields(record)}


def read(kind: Callable[..., Kind], body: Body) -> Kind:
    """Return the dataclass that `written` made the document of."""
    made: Kind = _reader(kind)(body)
    return made


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        return [_plain(each) for each in value]
    if kind is dict:
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return text_of(value)
    return str(value) if kind is GameDay else written(value)


@cache
def _reader(kind: Any) -> Read:
    """Return what reads a value of that type out of a document."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return partial(_optional, _reader(next(each for each in inner if each is not NoneType)))
    if origin is tuple:
        return partial(_tuple, _reader(inner[0]))
    if origin is dict:
        return partial(_dict, _reader(inner[1]))
    if kind is datetime:
        return instant_of
    if kind is GameDay:
        return GameDay.parse
    if issubclass(kind, Enum):
        return partial(kind)
    if is_dataclass(kind):
        return partial(_record, kind, {name: _reader(hint) for name, hint in get_type_hints(kind).items()})
    return _same


def _optional(each: Read, value: Any) -> Any:
    return None if value is None else each(value)


def _tuple(each: Read, values: Any) -> Any:
    return tuple(map(each, values))


def _dict(each: Read, values: Any) -> Any:
    return {key: each(value) for key, value in values.items()}


def _record(kind: Any, readers: dict[str, Read], body: Any) -> Any:
    return kind(**{name: each(body[name]) for name, each in readers.items() if name in body})


def _same(value: Any) -> Any:
    return value
