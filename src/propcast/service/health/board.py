"""The health of one process: its checks, their latest results, and the three bodies."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from propcast.core.clock import Clock
from propcast.service.health.body import Declared, HealthBody, ModelInUse, Status
from propcast.service.health.checks import Check, Wiring, absent, build
from propcast.service.health.damping import Damping
from propcast.service.health.reader import write
from propcast.service.health.runner import Report, Runner, Timer
from propcast.service.health.telling import Audience, alive, told
from propcast.service.health.times import LOCAL_TIMES, HealthTimes
from propcast.service.health.window import Window
from propcast.service.identity import Identity


def nothing_declared(key: str, status: Status) -> Declared | None:
    """Say that no failure is expected."""


def no_models() -> Sequence[ModelInUse]:
    """Say that no model is in use."""
    return ()


def unwatched(report: Report) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Surroundings:
    """What the board takes from the process around it.

    Attributes:
        identity: captured at start.
        clock: gives the instants of results.
        timer: measures windows and durations; it only grows.
        times: deadlines and windows.
        models: the models in service, from memory.
        expected: which failures were declared.
        watch: told of every run, for metrics and the log.
    """

    identity: Identity
    clock: Clock
    timer: Timer = time.monotonic
    times: HealthTimes = LOCAL_TIMES
    models: Callable[[], Sequence[ModelInUse]] = no_models
    expected: Callable[[str, Status], Declared | None] = nothing_declared
    watch: Callable[[Report], None] = unwatched
    damping: Damping = field(default_factory=Damping)


@dataclass(frozen=True)
class _Said:
    """A body, and what it was made of."""

    report: Report
    models: Sequence[ModelInUse]
    body: HealthBody

    @cached_property
    def raw(self) -> bytes:
        return write(self.body)


class Board:
    """Answers the three questions; concurrent callers share one run, and results are served again for a while."""

    def __init__(self, around: Surroundings, wiring: Wiring, owed: Sequence[str] = ()) -> None:
        """Wire the checks; an owed key that is neither wired nor skipped with a reason is a failing check."""
        self._around = around
        missing = [key for key in owed if key not in wiring.checks and key not in wiring.skipped]
        self.checks: tuple[Check, ...] = (*build(wiring), *map(absent, missing))
        self._skipped = wiring.skipped
        self._runner = Runner(around.clock, around.timer)
        self._ready = Window(self._run_ready, around.times.ready.window_s, around.timer)
        self._deep = Window(self._run_deep, around.times.deep.window_s, around.timer)
        self._said: dict[tuple[Audience, bool], _Said] = {}

    def alive(self) -> HealthBody:
        """Return who this is; nothing is touched."""
        around = self._around
        return alive(around.identity, around.models(), around.clock.now())

    def written(self, body: HealthBody) -> bytes:
        """Return a body as it is sent; one that is sent again and again is written once."""
        return next((said.raw for said in self._said.values() if said.body is body), None) or write(body)

    async def ready(self, audience: Audience) -> HealthBody:
        """Return whether this process should get work now, damped."""
        report, cached = await self._ready.get()
        return self._told(report, audience, cached=cached)

    async def deep(self) -> HealthBody:
        """Return whether this process can do its whole job, as just seen; for callers with a credential."""
        report, cached = await self._deep.get()
        return self._told(report, Audience.TRUSTED, cached=cached)

    def last_deep(self) -> HealthBody | None:
        """Return the latest deep result in its reduced form, without running anything; None when there is none."""
        report = self._deep.last
        return self._told(report, Audience.ANYONE, cached=True) if report else None

    async def _run_ready(self) -> Report:
        checks = [check for check in self.checks if check.in_ready]
        seen = await self._runner.run(checks, self._around.times.ready, self._skipped)
        damped = self._around.damping.apply(seen)
        self._around.watch(damped)
        return damped

    async def _run_deep(self) -> Report:
        report = await self._runner.run(self.checks, self._around.times.deep, self._skipped)
        self._around.watch(report)
        return report

    def _told(self, report: Report, audience: Audience, *, cached: bool) -> HealthBody:
        """Return the body of a report; the same report to the same audience is the same object."""
        around, models = self._around, self._around.models()
        said = self._said.get((audience, cached))
        if said is None or said.report is not report or said.models is not models:
            body = told(around.identity, models, report, audience, cached=cached, expected=around.expected)
            said = self._said[audience, cached] = _Said(report, models, body)
        return said.body
