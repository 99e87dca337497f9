"""The checks that need nothing of a service: its process, its variables, its data files, its secrets, its clock."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from propcast.core.clock import Clock
from propcast.core.gameday import EASTERN
from propcast.service.health.checks import Observe, Observed, Value
from propcast.service.variables import Findings

_NAP_S = 0.005
_LIMIT_FILES = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def missing_variables(examine: Callable[[], Findings]) -> Observe:
    """Return an observation that counts what is wrong with the environment, read again each time."""

    def observe() -> Observed:
        wrong = examine().sentences
        return Observed(len(wrong), sentence="; ".join(wrong))

    return observe


def missing_secrets(resolve: Callable[[str], object], names: Sequence[str]) -> Observe:
    """Return an observation that counts declared secrets which `resolve` cannot give; it raises for those."""

    def observe() -> Observed:
        absent = [name for name in names if not _resolves(resolve, name)]
        return Observed(len(absent), sentence=f"not found or empty: {', '.join(absent)}" if absent else "")

    return observe


def missing_data(files: Sequence[tuple[str, str]]) -> Observe:
    """Return an observation that opens the zone data and package files, given as (package, path), and counts gaps."""

    def observe() -> Observed:
        absent = [f"{package}: {name}" for package, name in files if not _opens(package, name)]
        absent += [] if _zone_opens() else [f"zone data of {EASTERN.key}"]
        return Observed(len(absent), sentence=f"cannot be opened: {', '.join(absent)}" if absent else "")

    return observe


def loop_lag(timer: Callable[[], float] = time.perf_counter) -> Observe:
    """Return an observation of how much later than asked the event loop comes back, in milliseconds."""

    async def observe() -> Value:
        asked = timer()
        await asyncio.sleep(_NAP_S)
        return round(max(0.0, timer() - asked - _NAP_S) * 1000, 2)

    return observe


def memory_share(resident: Callable[[], int] | None = None, limit: Callable[[], int] | None = None) -> Observe:
    """Return an observation of this process's resident memory, as a percentage of what it may have."""
    used, allowed = resident or resident_bytes, limit or memory_limit

    def observe() -> Value:
        return round(100 * used() / allowed(), 1)

    return observe


def clock_skew(clock: Clock, store_time: Callable[[], datetime]) -> Observe:
    """Return an observation of how far this clock is from the store's, in seconds, whatever the way there takes."""

    def observe() -> Value:
        before = clock.now()
        there = store_time()
        after = clock.now()
        return round(max(0.0, (before - there).total_seconds(), (there - after).total_seconds()), 3)

    return observe


def export_age(clock: Clock, started: datetime, exported_at: Callable[[], datetime | None]) -> Observe:
    """Return an observation of the seconds since telemetry was last accepted, or since the start before that."""

    def observe() -> Value:
        return round((clock.now() - (exported_at() or started)).total_seconds(), 1)

    return observe


def resident_bytes() -> int:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_limit() -> int:
    """Return the bytes that this process may use: its control group's limit, else the machine's memory."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    told = [file.read_text(encoding="ascii").strip() for file in _LIMIT_FILES if file.exists()]
    return min([machine, *(int(text) for text in told if text.isdigit())])


def _resolves(resolve: Callable[[str], object], name: str) -> bool:
    try:
        resolve(name)
    except Exception:  # noqa: BLE001 - a health check: whatever keeps the secret away, it is missing
        return False
    return True


def _opens(package: str, name: str) -> bool:
    try:
        return bool(resources.files(package).joinpath(name).read_bytes())
    except (OSError, ModuleNotFoundError):
        return False


def _zone_opens() -> bool:
    try:
        ZoneInfo.no_cache(EASTERN.key)
    except (OSError, KeyError):
        return False
    return True
