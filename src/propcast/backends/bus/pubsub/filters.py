"""Filters in the words of Pub/Sub: some attributes with a value, and attributes that must not be there."""

import re
from collections.abc import Mapping

from propcast.core.errors import StoreRefused

_TERM = re.compile(r'attributes\.([\w-]+) = "((?:[^"\\]|\\.)*)"|NOT attributes:([\w-]+)')
_AND = " AND "


def written(wanted: Mapping[str, str | None]) -> str:
    """Return a filter for messages with all of these attributes; without those whose value is None."""
    terms = sorted(wanted.items(), key=lambda term: (term[1] is None, term[0]))
    return _AND.join(_term(name, value) for name, value in terms)


def read(text: str) -> dict[str, str | None]:
    """Return what a filter wants; `StoreRefused` for one that is not written as ours are."""
    wanted = dict[str, str | None]()
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None or (at := _next(text, found.end())) < 0:
            raise StoreRefused(f"the filter {text!r} is none of ours; make the subscription anew")
        name, value, absent = found.groups()
        wanted[name or absent] = None if absent else re.sub(r"\\(.)", r"\1", value)
    return wanted


def _term(name: str, value: str | None) -> str:
    if value is None:
        return f"NOT attributes:{name}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'attributes.{name} = "{escaped}"'


def _next(text: str, at: int) -> int:
    """Return where the next term begins; the end where there is none, less than 0 where something else stands."""
    if at == len(text):
        return at
    return at + len(_AND) if text.startswith(_AND, at) and at + len(_AND) < len(text) else -1
