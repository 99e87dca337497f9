"""Time comes in as an argument: nobody below the composition root asks the machine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the current instant in UTC."""

    def now(self) -> datetime:
        """Return the current instant, zone-aware, UTC."""
        ...


class SystemClock:
    """The machine's clock; the only place that reads it."""

    def now(self) -> datetime:
        """Return the current instant."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class WrongClock:
    """A clock that goes before (or, below zero, after) another by a fixed span: what clocks of machines do."""

    right: Clock
    offset: timedelta

    def now(self) -> datetime:
        """Return the other clock's instant plus the offset."""
        return self.right.now() + self.offset


@dataclass
class FixedClock:
    """A clock that stands still until it is set, for tests and replays."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.instant
