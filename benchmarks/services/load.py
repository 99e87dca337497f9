"""Questions for health and readiness at a fixed rate while slates run."""

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks.services.figures import Figure, figure, p99
from benchmarks.services.running import Running, running
from benchmarks.services.slates import announce, opened_home, published_after
from benchmarks.services.world import copy_of
from propcast.backends.compose import Backends

RATE = 500
PATHS = ("/health", "/ready")
SLATE_EVERY_S = 8.0

LOAD = f"health and readiness under {RATE}/s and slates, p99"
WRONG = "health and readiness under load, answers other than 200"

BUDGETS: dict[str, float] = {LOAD: 50, WRONG: 0}


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


def load(home: Path, seconds: float) -> list[Figure]:
    """Ask all services for their health while slates run through them."""
    with copy_of(home) as copy, running(copy) as up:
        opened = opened_home(copy)
        published_after(opened, 0)
        return under_load(up, opened, seconds)


def under_load(up: Running, opened: Backends, seconds: float, first_minute: int = 1) -> list[Figure]:
    """Ask everybody that runs for health and readiness, while slates of the minutes from that one on are made."""
    urls = [f"{each.address}{path}" for each in up.seen() if each.address for path in PATHS]
    asked, over = Load(urls, RATE, seconds), threading.Event()
    slates = threading.Thread(target=keep_busy, args=(opened, over, first_minute))
    slates.start()
    asyncio.run(asked.run())
    over.set()
    slates.join()
    size = f"{len(asked.latencies):,} requests in {seconds:g} s"
    return [
        figure("health and readiness under load, p50", median(asked.latencies), "ms", size),
        figure(LOAD, p99(asked.latencies), "ms", f"worst {max(asked.latencies):,.0f}"),
        figure(WRONG, asked.failures, "", size),
    ]


def keep_busy(opened: Backends, over: threading.Event, minute: int) -> None:
    """Ask for another slate again and again."""
    while not over.is_set():
        announce(opened, minute)
        minute += 1
        over.wait(SLATE_EVERY_S)
