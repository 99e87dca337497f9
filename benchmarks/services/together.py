"""The six services in one run: what they need at rest, how fast a slate goes through, how they answer meanwhile."""

import time
from pathlib import Path
from statistics import median

from benchmarks.services.figures import WORKERS, Figure, figure
from benchmarks.services.load import under_load
from benchmarks.services.running import running
from benchmarks.services.slates import LATER, REST_S, later, opened_home, published_after, size_of
from benchmarks.services.world import copy_of
from propcast.service import catalogue

SLATE = "together: slate, data ready to published"

BUDGETS: dict[str, float] = {
    SLATE: 5,
    **{f"together: {e.name}: memory at rest": 350 if e.name in WORKERS else 200 for e in catalogue.SERVICES},
}


def together(home: Path, load_s: float) -> list[Figure]:
    """Start the six, leave them at rest, make slates, then ask 500 times a second while more are made."""
    with copy_of(home) as copy:
        opened = opened_home(copy)
        with running(copy):
            published_after(opened, 0)  # a new world builds its history first
        with running(copy) as up:
            time.sleep(REST_S)
            rest = up.memory()
            first, others = published_after(opened, 1), later(opened, 2)
            size = size_of(opened)
            loaded = under_load(up, opened, load_s, first_minute=2 + LATER)
            after = up.memory()
    names = [entry.name for entry in catalogue.SERVICES]
    return [
        figure("together: start to ready", up.all_started_ms, "ms", "six services and the bus"),
        *(
            figure(f"together: {name}: memory at rest", rest[name], "MB", f"{after[name]:,.0f} at the end")
            for name in names
        ),
        figure(
            SLATE, min(others), "s", f"best of {len(others)}, median {median(others):.2f}, first {first:.2f}; {size}"
        ),
        *loaded,
    ]
