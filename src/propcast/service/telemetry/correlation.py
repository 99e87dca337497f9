"""Ids that follow one piece of work through headers and messages, from process to process."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import trace
from structlog.contextvars import bound_contextvars, get_contextvars

HEADER = "x-correlation-id"
ATTRIBUTE = "correlation_id"
TRACEPARENT = "traceparent"

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True)
class Origin:
    """Where a piece of work comes from: its correlation id and the remote span, if one was told."""

    correlation_id: str
    parent: trace.SpanContext | None = None


def origin(told: Mapping[str, str], name: str = HEADER) -> Origin:
    """Return the ids that headers or attributes carry; an id that is absent or malformed is a new one."""
    given = told.get(name, "")
    return Origin(given if _ID.fullmatch(given) else fresh_id(), _parent(told.get(TRACEPARENT, "")))


def fresh_id() -> str:
    """Return a new correlation id."""
    return secrets.token_hex(16)


def _parent(traceparent: str) -> trace.SpanContext | None:
    found = _TRACEPARENT.fullmatch(traceparent)
    if not found:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=trace.TraceFlags(flags))
    return context if context.is_valid else None


@contextmanager
def about(**fields: str | int) -> Iterator[None]:
    """Put fields, such as `batch_id`, on every log event of this piece of work."""
    with bound_contextvars(**fields):
        yield


def outgoing_headers() -> dict[str, str]:
    """Return the headers that carry the current ids to another service."""
    return _outgoing(HEADER)


def outgoing_attributes() -> dict[str, str]:
    """Return the message attributes that carry the current ids through the bus."""
    return _outgoing(ATTRIBUTE)


def _outgoing(name: str) -> dict[str, str]:
    known = get_contextvars().get("correlation_id")
    span = trace.get_current_span().get_span_context()
    told = {name: str(known)} if known else {}
    if span.is_valid:
        told[TRACEPARENT] = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
    return told
