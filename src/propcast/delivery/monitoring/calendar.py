"""What the plan of the day says, as conditions of rules: a quiet day is green."""

from propcast.delivery.monitoring.series import series
from propcast.service.telemetry.declared import MINUTES_TO_START

SLATE_HOURS_MIN = 360
"""Hours of a slate: the next game begins in less."""
SOON_MIN = 120


def starts_within(minutes: float) -> str:
    """Return the condition that some game begins within so many minutes."""
    return f"(min({series(MINUTES_TO_START)}) < {minutes:g})"


def when(expression: str, minutes: float) -> str:
    """Return an expression that is true only when a game begins so soon."""
    return f"({expression}) and on () {starts_within(minutes)}"


def unless(expression: str, minutes: float) -> str:
    """Return an expression that is true only when no game begins so soon, or nobody knows."""
    return f"({expression}) unless on () {starts_within(minutes)}"
