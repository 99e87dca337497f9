"""One JSON event per line, with a closed list of fields; errors are grouped by fingerprint."""

import hashlib
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC
from typing import Protocol, TextIO

import structlog
from opentelemetry import trace
from structlog.contextvars import merge_contextvars
from structlog.typing import Processor

from propcast.core.clock import Clock
from propcast.service.identity import Identity

FIELDS = (
    "time", "severity", "event", "service", "revision", "release", "environment", "trace_id", "span_id",
    "correlation_id", "message_id", "attempt", "batch_id", "shard_id", "sport", "game_day", "outcome", "reason",
    "error_class", "fingerprint", "duration_ms",
)  # fmt: skip
TRACE = "stack_trace"
"""The one field beside the list: the trace of an error, which no answer may contain."""

Event = MutableMapping[str, object]
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class Log(Protocol):
    """Writes events; the event is a constant, everything that varies is a field of the closed list."""

    def debug(self, event: str, **fields: object) -> object:
        """Write an event that only a developer wants."""
        ...

    def info(self, event: str, **fields: object) -> object:
        """Write an event of normal work."""
        ...

    def warning(self, event: str, **fields: object) -> object:
        """Write an event that somebody may want to look at."""
        ...

    def error(self, event: str, **fields: object) -> object:
        """Write an event that somebody must look at; `error=` adds class, fingerprint and trace."""
        ...

    def exception(self, event: str, **fields: object) -> object:
        """Write the error that is being handled."""
        ...


def make_log(identity: Identity, clock: Clock, level: str = "INFO", stream: TextIO | None = None) -> Log:
    """Return the log of one service; it writes to standard output unless told otherwise."""
    logger: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stdout),
        processors=processors(identity, clock),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS.get(level.lower(), _LEVELS["info"])),
        cache_logger_on_first_use=True,
    )
    return logger


def processors(identity: Identity, clock: Clock) -> list[Processor]:
    """Return the chain that turns an event into its line."""

    def describe(_: object, method: str, event: Event) -> Event:
        event["time"] = clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event["severity"] = method.upper()
        event.update(
            service=identity.service,
            revision=identity.revision,
            release=identity.release,
            environment=identity.environment,
        )
        return event

    return [merge_contextvars, describe, _spanned, _explained, _closed, structlog.processors.JSONRenderer(default=str)]


def fingerprint(error: BaseException) -> str:
    """Return 12 digits that are the same for the same kind of error from the same place, whatever its values."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "propcast" in frame.filename] or frames
    place = f"{ours[-1].filename.rsplit('propcast', 1)[-1]}:{ours[-1].name}" if ours else ""
    kind = type(error)
    return hashlib.sha256(f"{kind.__module__}.{kind.__qualname__}@{place}".encode()).hexdigest()[:12]


def _spanned(_: object, __: str, event: Event) -> Event:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"], event["span_id"] = f"{span.trace_id:032x}", f"{span.span_id:016x}"
    return event


def _explained(_: object, __: str, event: Event) -> Event:
    error = event.pop("error", None) or (sys.exception() if event.get("exc_info") else None)
    if isinstance(error, BaseException):
        event["error_class"] = type(error).__qualname__
        event["fingerprint"] = fingerprint(error)
        event[TRACE] = "".join(traceback.format_exception(error))
    return event


def _closed(_: object, __: str, event: Event) -> Event:
    return {name: event[name] for name in (*FIELDS, TRACE) if event.get(name) is not None}
