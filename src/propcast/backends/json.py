"""JSON as types: what a document holds and what a message carries."""

from typing import TypeAlias

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
Body: TypeAlias = dict[str, JsonValue]
