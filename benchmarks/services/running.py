"""Services that run: started by `propcast up` on free ports of the loopback, ended by `propcast down`."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.services.world import propcast
from propcast.service import catalogue
from propcast.service.supervision.overview import Seen, overview
from propcast.service.supervision.place import Place

PORTS = 6

SIX = tuple(entry.name for entry in catalogue.SERVICES)
"""The services and the bus alone: the scheduler of the day asks for slates of its own."""


@dataclass(frozen=True)
class Running:
    """What `propcast up` has started, and what it told meanwhile."""

    home: Path
    events: list[dict[str, Any]]

    def ready_ms(self, name: str) -> float:
        """Return how long a process took from its start to ready."""
        kind = ("process_ready", name)
        return next(float(e["duration_ms"]) for e in self.events if (e["event"], e.get("process")) == kind)

    @property
    def all_started_ms(self) -> float:
        """How long it took until everything was up and ready."""
        return next(float(e["duration_ms"]) for e in self.events if e["event"] == "all_started")

    def seen(self) -> list[Seen]:
        """Return every process as it is now."""
        return overview(Place(self.home))

    def memory(self) -> dict[str, float]:
        """Return the resident memory of each process in MB."""
        return {each.name: each.memory_mb or 0.0 for each in self.seen()}

    def cpu(self) -> dict[str, float]:
        """Return the processor seconds that each process has used so far."""
        return {each.name: cpu_s(each.pid) for each in self.seen() if each.pid is not None}

    def url(self, name: str) -> str:
        """Return where a service answers."""
        return next(each.address for each in self.seen() if each.name == name)


@contextmanager
def running(home: Path, services: Sequence[str] = SIX) -> Iterator[Running]:
    """Run services, the six unless told, until the block ends; with none named, everything."""
    only = ("--services", ",".join(services)) if services else ()
    try:
        told = propcast(home, "up", "--detach", "--json", "--base-port", str(free_base()), *only)
        yield Running(home, [json.loads(line) for line in told.splitlines()])
    finally:
        propcast(home, "down", "--json")


def cpu_s(pid: int) -> float:
    """Return the processor time of a process so far."""
    ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def free_base() -> int:
    """Return a port that is free, as are those after it."""
    while True:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            base = min(int(found.getsockname()[1]), 65_000 - PORTS)
        if all(is_free(base + n) for n in range(PORTS)):
            return base


def is_free(port: int) -> bool:
    """Return whether nobody has a port of the loopback."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0
