"""Instants as text: ISO in UTC with microseconds, so that text order is time order."""

from datetime import UTC, datetime

from propcast.core.errors import InputError


def text_of(instant: datetime) -> str:
    """Write an instant; one without a zone is refused."""
    return zoned(instant).astimezone(UTC).isoformat(timespec="microseconds")


def instant_of(text: str) -> datetime:
    """Read what `text_of` wrote."""
    return datetime.fromisoformat(text)


def zoned(instant: datetime) -> datetime:
    """Return the instant as it is; refuse one that does not say its zone."""
    if instant.tzinfo is None:
        raise InputError(f"{instant} has no zone; instants are UTC and say so")
    return instant
