"""A slate through six processes, from the message that data is there to its publication."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.services.figures import Figure, figure
from benchmarks.services.running import running
from benchmarks.services.world import DAY, copy_of
from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.core.sport import Sport
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from propcast.service import catalogue

PATIENCE_S = 120.0
LATER = 4
REST_S = 5.0

FIRST = "first slate of a new world, data ready to published"
STARTED = "first slate after a start, data ready to published"
SLATE = "slate through six processes, data ready to published"

BUDGETS: dict[str, float] = {STARTED: 5, SLATE: 5}


def slates(home: Path) -> list[Figure]:
    """Ask for a slate with one `raw-ready`, as the scheduler does, and wait until it is current; then again."""
    with copy_of(home) as copy:
        opened = opened_home(copy)
        with running(copy):
            first, others = published_after(opened, 0), later(opened, 1)
        with running(copy) as up:
            restarted = published_after(opened, LATER + 1)
            before = up.cpu()
            others += later(opened, LATER + 2)
            used = {name: (cpu - before[name]) / LATER for name, cpu in up.cpu().items()}
            time.sleep(REST_S)  # allocators give back what is free within a few seconds
            memory = up.memory()
        size = size_of(opened)
    return [
        figure(FIRST, first, "s", f"builds two seasons of history first; {size}"),
        figure(STARTED, restarted, "s", "history stands, processes are fresh"),
        figure("processor time of a warm slate", sum(used.values()), "s", told(used)),
        figure(SLATE, min(others), "s", f"warm, best of {len(others)}; median {median(others):.2f}"),
        *(figure(f"{e.name}: memory after slates", memory[e.name], "MB") for e in catalogue.SERVICES),
    ]


def told(used: dict[str, float]) -> str:
    """Say which processes used most."""
    most = sorted(used, key=lambda name: -used[name])[:4]
    return ", ".join(f"{name} {used[name]:.2f}" for name in most)


def opened_home(home: Path) -> Backends:
    """Open a home beside the services that run in it."""
    return compose(load_settings(home=home))


def later(opened: Backends, minute: int) -> list[float]:
    """Take further slates, each as of a later minute."""
    return [published_after(opened, minute + n) for n in range(LATER)]


def moment(minute: int) -> datetime:
    """Return an instant of the day before its first game."""
    return DAY.at_utc(16) + timedelta(minutes=minute)


def published_after(opened: Backends, minute: int) -> float:
    """Publish that there is news of the day, and return the seconds until its slate is current."""
    before = opened.ledger.current(Sport.NBA, DAY)
    announce(opened, minute)
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_S:
        current = opened.ledger.current(Sport.NBA, DAY)
        if current is not None and (before is None or current.batch_id != before.batch_id):
            return time.perf_counter() - began
        time.sleep(0.02)
    raise SystemExit(f"✗ no slate after {PATIENCE_S:g} s")


def announce(opened: Backends, minute: int) -> None:
    """Publish one `raw-ready`."""
    message = RawReady(sport=Sport.NBA, game_day=DAY.date, as_of=moment(minute))
    opened.bus.publish(Topic.RAW_READY, [(body_of(message), attributes_of(message))])


def size_of(opened: Backends) -> str:
    """Say how big the slate is."""
    current = opened.ledger.current(Sport.NBA, DAY)
    return f"{current.counts.get('predictions', 0):,} rows" if current else "nothing published"
