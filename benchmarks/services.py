"""Measures the six services as they run: starts, memory, a slate through all of them, and load on their health paths.

Each run starts them with `propcast up --detach` on free ports and ends them with `propcast down`. The slate is of the
real history (PROPCAST_HISTORY) or of a home that is given; without either it is left out. Nothing here passes or fails.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import aiohttp

from benchmarks.measurements import DAY, Figure, figure
from benchmarks.run import ROOT, measure, show
from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from propcast.service import catalogue
from propcast.service.supervision.overview import Seen, overview
from propcast.service.supervision.place import Place

WORKERS = ("prediction-worker", "mlb-prediction-worker")
STARTS = 3
RATE, LOAD_S = 500, 60.0
PATHS = ("/health", "/ready")
SLATE_EVERY_S = 15.0
PATIENCE_S = 120.0

SLATE = "slate through six processes, data ready to published"
LOAD = f"health and readiness under {RATE}/s and slates, p99"
BUDGETS: dict[str, float] = {
    **{f"{e.name}: start to ready": 2500 if e.name in WORKERS else 1500 for e in catalogue.SERVICES},
    **{f"{e.name}: memory": 350 if e.name in WORKERS else 200 for e in catalogue.SERVICES},
    SLATE: 5,
    LOAD: 50,
}


@dataclass
class Running:
    """Services that `propcast up` has started."""

    home: Path
    base_port: int
    events: list[dict[str, Any]]

    def ready_ms(self, name: str) -> float:
        """Return how long a service took from its start to ready."""
        return next(float(e["duration_ms"]) for e in self.events if self._is(e, "process_ready", name))

    def seen(self, name: str) -> Seen:
        """Return a process as it is now."""
        return next(each for each in overview(Place(self.home)) if each.name == name)

    @property
    def urls(self) -> list[str]:
        """Where health and readiness of all services are asked for."""
        return [f"{each.address}{path}" for each in overview(Place(self.home)) if each.address for path in PATHS]

    @staticmethod
    def _is(event: dict[str, Any], kind: str, name: str) -> bool:
        return (event["event"], event.get("process")) == (kind, name)


@contextmanager
def running(home: Path, services: Sequence[str] = ()) -> Iterator[Running]:
    """Run services until the block ends."""
    base_port = free_base()
    only = ("--services", ",".join(services)) if services else ()
    propcast = (sys.executable, "-m", "propcast.cli.main", "--home", str(home))
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PROPCAST_HOME")}
    up = [*propcast, "up", "--detach", "--json", "--base-port", str(base_port), *only]
    try:
        done = subprocess.run(up, check=False, capture_output=True, text=True, env=environ)
        if done.returncode != 0:
            raise SystemExit(f"✗ {done.stderr.strip() or done.stdout.strip()}")
        yield Running(home, base_port, [json.loads(line) for line in done.stdout.splitlines()])
    finally:
        subprocess.run([*propcast, "down", "--json"], check=True, capture_output=True, env=environ)


def free_base() -> int:
    """Return a port above which the next ones are free, most likely."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return min(int(found.getsockname()[1]), 60_000)


def starts(home: Path) -> list[Figure]:
    """Start each service alone a few times; the first time, which compiles, does not count."""
    found: list[Figure] = []
    for entry in catalogue.SERVICES:
        times, memory = [], 0.0
        for _ in range(1 + STARTS):
            with running(home, [entry.name]) as up:
                times.append(up.ready_ms(entry.name))
                memory = up.seen(entry.name).memory_mb or 0.0
        found += [
            figure(f"{entry.name}: start to ready", median(times[1:]), "ms", f"alone, {STARTS} starts"),
            figure(f"{entry.name}: memory", memory, "MB", "resident, idle"),
        ]
    return found


def together(home: Path) -> list[Figure]:
    """Start everything at once."""
    with running(home) as up:
        total = next(float(e["duration_ms"]) for e in up.events if e["event"] == "all_started")
        memory = sum(each.memory_mb or 0.0 for each in overview(Place(home)))
    return [
        figure("everything: start to ready", total, "ms", "six services, bus, scheduler"),
        figure("everything: memory", memory, "MB", "resident, sum"),
    ]


def slate(home: Path) -> list[Figure]:
    """Ask for a slate with one `raw-ready`, as the scheduler does, and wait until it is published."""
    opened = compose(load_settings(home=home))
    with running(home) as up:
        first = published_after(opened, None)
        again = [published_after(opened, moment(minute)) for minute in (0, 5, 10)]
        peak = {each.name: each.memory_mb or 0.0 for each in overview(Place(home))}
    del up
    current = opened.ledger.current(Sport.NBA, DAY)
    rows = f"{current.counts.get('predictions', 0):,} rows" if current else "nothing published"
    return [
        figure("first slate of fresh processes", first, "s", f"{DAY}: {rows}"),
        figure(SLATE, median(again), "s", f"warm, {len(again)} slates"),
        *(figure(f"{name}: memory after slates", peak[name], "MB") for name in (*WORKERS, "prediction-coordinator")),
    ]


def moment(minute: int) -> datetime:
    """Return an instant of the day before its first game."""
    return DAY.at_utc(21) + timedelta(minutes=minute)


def published_after(opened: Backends, as_of: datetime | None) -> float:
    """Publish that there is news of the day, and return the seconds until its slate is current."""
    before = opened.ledger.current(Sport.NBA, DAY)
    announce(opened, DAY, as_of)
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_S:
        current = opened.ledger.current(Sport.NBA, DAY)
        if current is not None and (before is None or current.batch_id != before.batch_id):
            return time.perf_counter() - began
        time.sleep(0.01)
    raise SystemExit(f"✗ no slate after {PATIENCE_S:g} s; `propcast --home {opened.settings.home} logs` says why")


def announce(opened: Backends, day: GameDay, as_of: datetime | None) -> None:
    """Publish one `raw-ready`."""
    message = RawReady(sport=Sport.NBA, game_day=day.date, as_of=as_of)
    opened.bus.publish(Topic.RAW_READY, [(body_of(message), attributes_of(message))])


@dataclass
class Load:
    """Asks at fixed instants, whatever the answers do, so that a stall counts for everybody whom it made wait."""

    urls: Sequence[str]
    rate: int
    seconds: float
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    async def run(self) -> None:
        """Ask until the time is over."""
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            began = time.perf_counter()
            async with asyncio.TaskGroup() as asking:
                for number in range(int(self.rate * self.seconds)):
                    due = began + number / self.rate
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    asking.create_task(self._ask(session, self.urls[number % len(self.urls)], due))

    async def _ask(self, session: aiohttp.ClientSession, url: str, due: float) -> None:
        try:
            async with session.get(url) as answer:
                await answer.read()
                self.failures += answer.status != 200
        except (aiohttp.ClientError, TimeoutError):
            self.failures += 1
        self.latencies.append(1000 * (time.perf_counter() - due))


def load(home: Path, seconds: float = LOAD_S) -> list[Figure]:
    """Ask all services for their health while slates run through them."""
    opened = compose(load_settings(home=home))
    with running(home) as up:
        asked = Load(up.urls, RATE, seconds)
        over = threading.Event()
        slates = threading.Thread(target=keep_busy, args=(opened, over))
        slates.start()
        asyncio.run(asked.run())
        over.set()
        slates.join()
    cuts = quantiles(asked.latencies, n=1000)
    size = f"{len(asked.latencies):,} requests, {asked.failures} not 200"
    return [
        figure("health and readiness under load, p50", cuts[499], "ms", size),
        figure(LOAD, cuts[989], "ms"),
        figure("health and readiness under load, worst", max(asked.latencies), "ms"),
    ]


def keep_busy(opened: Backends, over: threading.Event) -> None:
    """Ask for another slate again and again."""
    minute = 20
    while not over.is_set():
        announce(opened, DAY, moment(minute))
        minute += 1
        over.wait(SLATE_EVERY_S)


def prepare(home: Path) -> bool:
    """Import the history into the home, and build what earlier days of the measured one need; False without history."""
    from propcast.core.markets import markets_of
    from propcast.pipeline.backfill import ensure_analytics, ensure_history, looked_at
    from propcast.pipeline.sports import plan_of

    history = Path(os.environ.get("PROPCAST_HISTORY", ROOT / ".." / "shared" / "data")).resolve()
    if not (history / "nba_player_box.parquet").exists():
        return False
    measure("import", home, history)
    opened, plan = compose(load_settings(home=home)), plan_of(Sport.NBA)
    ensure_analytics(opened, plan, looked_at(plan, (DAY.season(Sport.NBA),)))
    ensure_history(opened, plan, DAY, markets_of(Sport.NBA))
    return True


MEASUREMENTS: dict[str, Callable[[Path], list[Figure]]] = {
    "starts": starts,
    "together": together,
    "slate": slate,
    "load": load,
}
NEED_DATA = ("slate", "load")


def main() -> None:
    """Take every measurement in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(MEASUREMENTS), help="take only this measurement")
    parser.add_argument("--home", type=Path, help=f"home with history around {DAY}; default: import it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    told = parser.parse_args()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="propcast-services-") as folder:
        home = (told.home or Path(folder) / "home").absolute()
        names = [told.only] if told.only else list(MEASUREMENTS)
        has_data = told.home is not None or not set(names) & set(NEED_DATA) or prepare(home)
        for name in names:
            if name in NEED_DATA and not has_data:
                sys.stderr.write(f"· {name} left out: no history\n")
                continue
            sys.stderr.write(f"· {name}\n")
            found += MEASUREMENTS[name](home)
    show(found, as_json=told.json, budgets=BUDGETS)


if __name__ == "__main__":
    main()
