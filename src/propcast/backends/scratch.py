"""Names of what is written only to see that writing works; they tell their age, so that leftovers are swept."""

from datetime import UTC, datetime
from secrets import token_hex

from propcast.core.errors import InputError

SCRATCH = "_scratch"
PREFIX = f"{SCRATCH}/"
"""Everything under it may be removed by anybody once it is old; nothing else ever is."""

_FORM = "%Y%m%dT%H%M%S"


def scratch_name(now: datetime) -> str:
    """Return a new name under the prefix; text order is time order."""
    return f"{PREFIX}{_instant(now)}-{token_hex(6)}"


def require_scratch(name: str) -> None:
    """Raise `InputError` unless the name is a scratch name."""
    if not name.startswith(PREFIX):
        raise InputError(f"{name!r} is not under {PREFIX}; only what is there may be removed")


def is_left_over(name: str, before: datetime) -> bool:
    """Return whether a scratch name was given out before that instant."""
    return name.removeprefix(PREFIX) < _instant(before)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_FORM)
