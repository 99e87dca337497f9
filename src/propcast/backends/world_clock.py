"""The clock of a home: the machine's, or the one of a simulated world, which stands elsewhere and runs at its pace.

A simulated world begins on a day of its own. Its offset is kept in the home, so that every process of the home tells
the same time; only the `local` environment reads it.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path

from propcast.backends.settings import Settings
from propcast.core.clock import Clock, ShiftedClock, SystemClock
from propcast.core.errors import InputError

FILE = "world-clock.json"
_OFFSET = "offset_s"


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the processes of the home go by."""
    offset = _offset(settings.home.expanduser() / FILE) if settings.environment == "local" else None
    return SystemClock() if offset is None else ShiftedClock(SystemClock(), offset)


def start_world_clock(home: Path, now: datetime) -> Clock:
    """Let it be `now` in this home from here on; a world whose clock runs already keeps it: time goes one way."""
    file = home.expanduser() / FILE
    offset = _offset(file)
    if offset is None:
        offset = now - SystemClock().now()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({_OFFSET: offset.total_seconds()}), encoding="utf-8")
    return ShiftedClock(SystemClock(), offset)


def has_world_clock(home: Path) -> bool:
    """Tell whether a clock of its own runs in this home."""
    return (home.expanduser() / FILE).exists()


def _offset(file: Path) -> timedelta | None:
    if not file.exists():
        return None
    try:
        return timedelta(seconds=float(json.loads(file.read_text(encoding="utf-8"))[_OFFSET]))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is no clock of a world; delete it, or make the world again") from error
