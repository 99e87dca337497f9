"""Turns what the pipeline returns into plain data that JSON can hold."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum

from propcast.core.gameday import GameDay


def plain(value: object) -> object:
    """Return dicts, lists, texts, numbers and null only; a number that is none (NaN, infinite) is null."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Enum():
            return value.value
        case str():
            return value
        case date():  # instants too: with their zone
            return value.isoformat()
        case GameDay():
            return str(value)
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
        case _:
            return _composed(value)


def _composed(value: object) -> object:
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "to_dicts"):
        return [plain(row) for row in value.to_dicts()]
    return str(value)
