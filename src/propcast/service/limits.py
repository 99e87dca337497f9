"""Bounds on what a request may cost, and how JSON is measured before anybody parses it."""

import re
from dataclasses import dataclass

_NO_NUMBER = re.compile(rb"NaN|Infinity")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)


@dataclass(frozen=True)
class Limits:
    """The bounds.

    Attributes:
        body_bytes: most bytes of a body.
        depth: deepest nesting of a JSON body.
        seconds: longest time to the first byte of an answer.
        push_seconds: the same for a push, which may be a whole shard.
        check_s: how long it may take to find out who calls before nobody is let in.
        grace_s: how long running requests may go on once a shutdown has begun.
    """

    body_bytes: int = 1_000_000
    depth: int = 32
    seconds: float = 30.0
    push_seconds: float = 150.0
    check_s: float = 2.0
    grace_s: float = 8.0


def nests_deeper(raw: bytes, most: int) -> bool:
    """Return whether JSON text nests deeper than `most`; texts inside it do not count."""
    if raw.count(b"[") + raw.count(b"{") <= most:
        return False
    depth = deepest = 0
    for mark in re.findall(rb"[\[\]{}]", _TEXT.sub(b"", raw)):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest > most


def has_no_numbers(raw: bytes) -> bool:
    """Return whether JSON text holds a word that Python would take for a number and JSON does not know."""
    return bool(_NO_NUMBER.search(raw) and _NO_NUMBER.search(_TEXT.sub(b"", raw)))
