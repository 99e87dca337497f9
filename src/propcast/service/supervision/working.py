"""Runs the work of a process without a port: until it is told to stop, and showing all the while that it works."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping

import structlog

from propcast.core.clock import Clock
from propcast.service.supervision.tether import show_life

LIFE_S = 1.0
Work = Callable[[asyncio.Event], Awaitable[None]]


async def until_told(work: Work) -> None:
    """Do the work, which ends when its event is set: by SIGTERM or SIGINT; a second signal changes nothing."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    living = asyncio.create_task(_live())
    try:
        await work(stop)
    finally:
        living.cancel()


async def _live() -> None:
    while True:
        show_life()
        await asyncio.sleep(LIFE_S)


def write_events(name: str, clock: Clock, level: str) -> None:
    """Let this process write its events as JSON lines on standard output, as the services do."""

    def describe(_: object, method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
        time = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"time": time, "severity": method.upper(), "event": event.pop("event"), "service": name, **event}

    structlog.configure(
        processors=[describe, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
