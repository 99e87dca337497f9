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
class ShiftedClock:
    """A clock that runs at another's pace and is always as far away from it."""

    base: Clock
    offset: timedelta

    def now(self) -> datetime:
        """Return the other's instant, shifted."""
        return self.base.now() + self.offset


@dataclass
class FixedClock:
    """A clock that stands still until it is set, for tests and replays."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.instant
