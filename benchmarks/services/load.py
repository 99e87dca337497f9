"""Questions for health and readiness at a fixed rate while slates run."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.services.figures import Figure, figure, p99
from benchmarks.services.running import Running, running
from benchmarks.services.slates import announce, opened_home, published_after
from benchmarks.services.world import copy_of, environ
from propcast.backends.compose import Backends

RATE = 500
PATHS = ("/health", "/ready")
SLATE_EVERY_S = 8.0

LOAD = f"health and readiness under {RATE}/s and slates, p99"
WRONG = "health and readiness under load, answers other than 200"

BUDGETS: dict[str, float] = {LOAD: 50, WRONG: 0}


def load(home: Path, seconds: float) -> list[Figure]:
    """Ask all services for their health while slates run through them."""
    with copy_of(home) as copy, running(copy) as up:
        opened = opened_home(copy)
        published_after(opened, 0)
        return under_load(up, opened, seconds)


def under_load(up: Running, opened: Backends, seconds: float, first_minute: int = 1) -> list[Figure]:
    """Ask everybody that runs for health and readiness, while slates of the minutes from that one on are made."""
    urls = [f"{each.address}{path}" for each in up.seen() if each.address for path in PATHS]
    over = threading.Event()
    slates = threading.Thread(target=keep_busy, args=(opened, over, first_minute))
    slates.start()
    latencies, late, failures = asked(urls, seconds)
    over.set()
    slates.join()
    size = f"{len(latencies):,} requests in {seconds:g} s"
    told = f"worst {max(latencies):,.0f}; sent late, which counts too: p99 {p99(late):,.0f} ms"
    return [
        figure("health and readiness under load, p50", median(latencies), "ms", size),
        figure(LOAD, p99(latencies), "ms", told),
        figure(WRONG, failures, "", size),
    ]


def asked(urls: Sequence[str], seconds: float) -> tuple[list[float], list[float], int]:
    """Ask in a process of its own; return latencies and lateness in milliseconds, and how many answers were wrong."""
    command = [sys.executable, "-m", "benchmarks.services.probing", str(RATE), str(seconds), *urls]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environ())
    told = json.loads(done.stdout)
    return told["latencies"], told["late"], told["failures"]


def keep_busy(opened: Backends, over: threading.Event, minute: int) -> None:
    """Ask for another slate again and again."""
    while not over.is_set():
        announce(opened, minute)
        minute += 1
        over.wait(SLATE_EVERY_S)
