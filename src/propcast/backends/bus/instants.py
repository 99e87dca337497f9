"""Instants in the bus file: whole microseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta

from propcast.core.errors import InputError
from propcast.core.instants import zoned

SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Write an instant; one without a zone is refused."""
    return (zoned(instant) - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """Read what `micros` wrote."""
    return _EPOCH + at * _MICROSECOND


def micros_of_text(text: str) -> int:
    """Read an ISO instant from outside; `InputError` when it is none or has no zone."""
    try:
        return micros(datetime.fromisoformat(text))
    except ValueError as error:
        raise InputError(f"{text!r} is not an ISO instant; write one such as 2026-11-25T17:00:00+00:00") from error
