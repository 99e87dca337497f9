"""How long a service takes from its start to ready, and what it needs at rest."""

from pathlib import Path
from statistics import median

from benchmarks.services.figures import WORKERS, Figure, figure
from benchmarks.services.running import running
from benchmarks.services.world import copy_of
from propcast.service import catalogue

STARTS = 3

BUDGETS: dict[str, float] = {
    **{f"{e.name}: start to ready": 2500 if e.name in WORKERS else 1500 for e in catalogue.SERVICES},
    **{f"{e.name}: memory": 350 if e.name in WORKERS else 200 for e in catalogue.SERVICES},
}


def starts(home: Path) -> list[Figure]:
    """Start each service alone a few times; the first time, which compiles, does not count."""
    with copy_of(home) as copy:
        return [found for entry in catalogue.SERVICES for found in alone(copy, entry.name)]


def alone(home: Path, name: str) -> list[Figure]:
    """Start one service a few times."""
    times, used, memory = list[float](), list[float](), 0.0
    for _ in range(1 + STARTS):
        with running(home, [name]) as up:
            times.append(up.ready_ms(name))
            used.append(up.cpu()[name])
            memory = up.memory()[name]
    middle, cpu = median(times[1:]), min(used)
    note = f"alone, best of {STARTS}; median {middle:,.0f}; processor {cpu:.2f} s"
    return [
        figure(f"{name}: start to ready", min(times[1:]), "ms", note),
        figure(f"{name}: memory", memory, "MB", "resident, idle"),
    ]
