"""The health of one process: its checks, their latest results, and the three bodies."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from propcast.core.clock import Clock
from propcast.service.health.body import Declared, HealthBody, ModelInUse, Status
from propcast.service.health.checks import Check, Wiring, absent, build
from propcast.service.health.damping import Damping
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

    def alive(self) -> HealthBody:
        """Return who this is; nothing is touched."""
        around = self._around
        return alive(around.identity, around.models(), around.clock.now())

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
        around = self._around
        return told(around.identity, around.models(), report, audience, cached=cached, expected=around.expected)
