"""Observations of a port from plain callables: how fast it answers, and whether what goes in comes out."""

import time
from collections.abc import Callable
from typing import TypeVar

from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed, Output

T = TypeVar("T")
Timer = Callable[[], float]


def latency(ask: Callable[[], object], timer: Timer = time.perf_counter) -> Observe:
    """Return an observation of the milliseconds that one cheap read takes; whatever it raises is the failure."""

    def observe() -> float:
        started = timer()
        ask()
        return _milliseconds(timer, started)

    return observe


def round_trip(
    write: Callable[[], T],
    read: Callable[[T], object],
    delete: Callable[[T], object],
    wrote: Callable[[T], object],
    timer: Timer = time.perf_counter,
) -> Observe:
    """Return an observation of the milliseconds to write, read back, compare and delete one scratch object.

    `write` returns what names the object, `wrote` gives the content that `read` must return for it. The object is
    deleted however the comparison ends.
    """

    def observe() -> float | Observed:
        started = timer()
        name = write()
        try:
            same = read(name) == wrote(name)
        finally:
            delete(name)
        took = _milliseconds(timer, started)
        return took if same else Observed(took, Status.FAIL, Output.MISMATCH, "what was read is not what was written.")

    return observe


def _milliseconds(timer: Timer, started: float) -> float:
    return round((timer() - started) * 1000, 2)
