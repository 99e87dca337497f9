"""The proof of the zone database: everything of ours reads it as it is imported, so this asks for nothing of ours."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from propcast.delivery.images.findings import Finding

ZONE = "America/New_York"
"""Game days are dates there."""
CHANGES = {
    "2026-03-08T06:59": -5, "2026-03-08T07:00": -4, "2026-11-01T05:59": -4, "2026-11-01T06:00": -5,
}  # fmt: skip
"""Hours from UTC in the east of the United States, just before and after both changes of the clock."""


def zones() -> Iterator[Finding]:
    """Read the zone of every game day across both changes of the clock."""
    try:
        zone = ZoneInfo.no_cache(ZONE)
    except (OSError, KeyError) as error:
        told = f'zone {ZONE} cannot be read ({type(error).__name__}); add "tzdata" to `dependencies`'
        yield Finding("zones", ZONE, told)
        return
    for instant, hours in CHANGES.items():
        found = datetime.fromisoformat(instant).replace(tzinfo=UTC).astimezone(zone).utcoffset()
        if found != timedelta(hours=hours):
            told = f"zone {ZONE} is {found} from UTC at {instant}Z, not {hours} hours; renew tzdata"
            yield Finding("zones", ZONE, told)


def main() -> int:
    """Say what is wrong on standard error; return 1 when anything is."""
    found = list(zones())
    for finding in found:
        sys.stderr.write(f"{finding.told}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
