"""Measures the bus of one machine: this process publishes, a delivery process pushes, a third one receives.

Prints a JSON list of figures; latency is from before `publish` to the arrival at the service.
"""

import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any

import uvicorn

from propcast.backends.bus.delivery import Delivery
from propcast.backends.bus.envelope import decode
from propcast.backends.bus.port import Subscription
from propcast.backends.bus.process import serve
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.tokens import push_keys
from propcast.backends.secrets.port import Secret
from propcast.core.clock import SystemClock

Figure = dict[str, object]
Scope = dict[str, Any]

SINGLE, BURST, BATCH, SPACED = 500, 10_000, 500, 300
SPACING_S, IDLE_S = 0.03, 3.0
_KEY = "benchmark" * 6
_SPAWN = multiprocessing.get_context("spawn")


def bus() -> list[Figure]:
    """Publish one by one and in batches, deliver the backlog, rest, then publish now and then."""
    with tempfile.TemporaryDirectory(prefix="propcast-bus-") as folder, receiver() as (port, arrivals):
        path = Path(folder) / "bus.sqlite"
        opened = SqliteBus(path, SystemClock())
        opened.ensure(["bench"], [Subscription("bench", "bench", f"http://127.0.0.1:{port}/push", "bench")])
        single_s = seconds(opened, SINGLE, 1)
        batch_s = seconds(opened, BURST // BATCH, BATCH)
        with process(deliver, path) as deliverer:
            first, last = span(arrivals, SINGLE + BURST)
            before = cpu_s(deliverer)
            time.sleep(IDLE_S)
            idle = (cpu_s(deliverer) - before) / IDLE_S
            latencies = sorted(spaced(opened, arrivals))
    cuts = quantiles(latencies, n=100)
    note = f"{BURST:,} messages"
    return [
        figure("bus: publish one message", 1000 * single_s / SINGLE, "ms"),
        figure("bus: published in batches", BURST / batch_s, "1/s", f"{note}, {BATCH} at once"),
        figure("bus: delivered", (SINGLE + BURST) / (last - first), "1/s", note),
        figure("bus: published to delivered, idle, p50", 1000 * cuts[49], "ms", f"{SPACED} messages"),
        figure("bus: published to delivered, idle, p99", 1000 * cuts[98], "ms", f"{SPACED} messages"),
        figure("bus: idle delivery process", 100 * idle, "% of a core"),
    ]


def figure(name: str, value: float, unit: str, note: str = "") -> Figure:
    """Return one figure."""
    return {"name": name, "value": value, "unit": unit, "note": note}


def seconds(opened: SqliteBus, times: int, size: int) -> float:
    """Publish batches of a size and return how long it took."""
    started = time.perf_counter()
    for _ in range(times):
        opened.publish("bench", [({"at": time.time(), "text": "x" * 200}, {"sport": "nba"})] * size)
    return time.perf_counter() - started


def spaced(opened: SqliteBus, arrivals: Connection) -> list[float]:
    """Publish one message at a time, at instants that the delivery loop cannot expect; return each latency."""
    rng = random.Random(7)  # noqa: S311 - spreads arrivals, protects nothing
    for _ in range(SPACED):
        seconds(opened, 1, 1)
        time.sleep(SPACING_S * rng.uniform(0.5, 1.5))
    return [received - sent for sent, received in (arrivals.recv() for _ in range(SPACED))]


def span(arrivals: Connection, n: int) -> tuple[float, float]:
    """Return when the first and the last of n messages arrived."""
    at = [arrivals.recv()[1] for _ in range(n)]
    return min(at), max(at)


def cpu_s(process: Any) -> float:
    """Return the processor time of a process so far."""
    ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def process(target: Any, *arguments: object) -> Iterator[Any]:
    """Run a function in a process of its own."""
    started = _SPAWN.Process(target=target, args=arguments, daemon=True)
    started.start()
    try:
        yield started
    finally:
        started.terminate()
        started.join()


@contextmanager
def receiver() -> Iterator[tuple[int, Connection]]:
    """Run a service that acknowledges everything; yields its port and what arrives (sent, received)."""
    ours, theirs = _SPAWN.Pipe(duplex=False)
    with process(receive, theirs):
        yield ours.recv(), ours


def receive(arrivals: Connection) -> None:
    """Answer every push with 204 and report it."""

    async def app(_: Scope, receive: Any, send: Any) -> None:
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        arrivals.send((decode(body).message.data["at"], time.time()))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error", access_log=False))
    socket = server.config.bind_socket()
    arrivals.send(socket.getsockname()[1])
    server.run([socket])


def deliver(path: Path) -> None:
    """Run the delivery loop until it is told to stop."""
    key = push_keys(Secret(_KEY))[0]
    serve(Delivery(path, key, SystemClock(), random.Random(7)))  # noqa: S311 - jitter


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bus(), indent=2) + "\n")
