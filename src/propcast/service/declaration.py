"""What makes one service different from the others, and the conditions it runs under."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fastapi import APIRouter

from propcast.core.clock import Clock, SystemClock
from propcast.service.auth.guard import Guard
from propcast.service.background import Background
from propcast.service.catalogue import Entry
from propcast.service.edge import Render, as_problem_detail
from propcast.service.health.board import nothing_declared
from propcast.service.health.body import Declared, ModelInUse, Status
from propcast.service.health.checks import Wiring
from propcast.service.health.runner import Timer
from propcast.service.health.times import LOCAL_TIMES, HealthTimes
from propcast.service.limits import Limits
from propcast.service.telemetry.logs import Log
from propcast.service.telemetry.metrics import Metrics
from propcast.service.telemetry.traces import Tracing

E = TypeVar("E")
Environ = Mapping[str, str]
Resolve = Callable[[str], object]
"""Gives a secret by name, or raises."""


def _no_wiring(_: object) -> Wiring:
    return Wiring()


def _no_models(_: object) -> Sequence[ModelInUse]:
    return ()


def _no_background(_: object) -> Sequence[Background]:
    return ()


def _nothing_to_measure(_: object, __: Metrics) -> None:
    return None


def _nothing_to_close(_: object) -> None:
    return None


@dataclass(frozen=True)
class Service(Generic[E]):
    """One service; `E` is what its routes work with: stores, bus, models.

    Attributes:
        entry: its row of the catalogue.
        open: builds `E` from the variables; raises while something is missing, and is then tried again.
        guard: the credentials that it takes.
        routers: its own routes, each with an access rule.
        secrets: returns what resolves its secrets; None when it has none.
        wire: its own checks, built once the environment is open.
        models: the models in service, from memory.
        background: what it does beside answering, such as sending its outbox.
        measure: sets the metrics that are read from stores; it blocks, and runs when somebody asks for the metrics.
        close: gives back what `open` took.
        data: package files that it cannot do without, as (package, path).
        expected: which failures were declared for this service.
        render: shows problems to those who did not ask for JSON.
    """

    entry: Entry
    open: Callable[[Environ], E]
    guard: Callable[[E], Guard]
    routers: tuple[APIRouter, ...] = ()
    secrets: Callable[[Environ], Resolve] | None = None
    wire: Callable[[E], Wiring] = _no_wiring
    models: Callable[[E], Sequence[ModelInUse]] = _no_models
    background: Callable[[E], Sequence[Background]] = _no_background
    measure: Callable[[E, Metrics], object] = _nothing_to_measure
    close: Callable[[E], None] = _nothing_to_close
    data: tuple[tuple[str, str], ...] = ()
    expected: Callable[[str, Status], Declared | None] = nothing_declared
    render: Render = as_problem_detail


@dataclass(frozen=True)
class Conditions:
    """Where and how a service runs; a test sets its own.

    Attributes:
        environ: the variables, read when they are needed.
        reopen_s: pause between two tries to open the environment.
        log: None makes one that writes to standard output.
        tracing: None makes one that the variables ask for.
    """

    environ: Environ = field(default_factory=lambda: os.environ)
    clock: Clock = field(default_factory=SystemClock)
    timer: Timer = time.monotonic
    times: HealthTimes = LOCAL_TIMES
    limits: Limits = field(default_factory=Limits)
    reopen_s: float = 2.0
    log: Log | None = None
    tracing: Tracing | None = None
