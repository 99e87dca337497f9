"""Keeps one process running: starts it, looks whether it lives, starts it anew, and ends it."""

import asyncio
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from propcast.service.supervision.child import Child, Leash
from propcast.service.supervision.events import Event, Kind, Tell
from propcast.service.supervision.logfile import LogFile
from propcast.service.supervision.probe import status_of
from propcast.service.supervision.program import Program
from propcast.service.supervision.restarts import Restarts
from propcast.service.supervision.times import Times

ALIVE, READY = "/health", "/ready"
_GOOD = 200
_AT_NO_TIME = (Kind.STARTING, Kind.WAITING, Kind.STOPPING)


@dataclass(frozen=True)
class Surroundings:
    """What all keepers share.

    Attributes:
        logs: the folder of the log files.
        tell: hears of everything that happens.
        hurry: once set, nothing gets a grace any more.
    """

    leash: Leash
    logs: Path
    tell: Tell
    rng: random.Random
    times: Times = field(default_factory=Times)
    timer: Callable[[], float] = time.monotonic
    hurry: asyncio.Event = field(default_factory=asyncio.Event)


class Keeper:
    """Keeps one program running until it is stopped, or has crashed too often.

    Attributes:
        started: set once the first start has succeeded or failed.
        settled: set once it is also known whether it is ready.
    """

    def __init__(self, program: Program, around: Surroundings) -> None:
        self.program, self._around, self._times = program, around, around.times
        self.started, self.settled = asyncio.Event(), asyncio.Event()
        self._restarts = Restarts(around.times, around.rng)
        self._log = LogFile(around.logs / f"{program.name}.log")
        self._starting: asyncio.Task[Child] | None = None
        self._child: Child | None = None
        self._began = 0.0

    async def run(self) -> None:
        """Keep it running; returns only when it is given up."""
        while True:
            reason = await self._one_life()
            ended = self._around.timer()
            self._tell(Kind.ENDED, note=reason)
            pause = self._restarts.pause_s(ended, ended - self._began)
            self._child = None
            if pause is None:
                self._tell(Kind.GAVE_UP, note=f"ended {self._times.crashes + 1} times in {self._times.within_s:g} s")
                self._known()
                return
            self._known()
            self._tell(Kind.WAITING, note=f"starts again in {pause:.1f} s")
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """End the process and close its log; `run` has been cancelled before."""
        if self._starting is not None:  # the cancellation came while it was being started
            await asyncio.wait([self._starting])
            self._child = None if self._starting.exception() else self._starting.result()
        if self._child is not None:
            self._tell(Kind.STOPPING)
            code = await self._child.end(self._times.grace_s, self._around.hurry)
            self._tell(Kind.STOPPED, note="" if code in (0, -signal.SIGTERM) else _ending(code))
        self._log.close()

    async def _one_life(self) -> str:
        """Start the process and return why it is over."""
        self._began = self._around.timer()
        try:
            child = await self._start()
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        self._tell(Kind.STARTING)
        ended, bad = asyncio.create_task(child.wait()), asyncio.create_task(self._until_silent(child))
        try:
            await asyncio.wait([ended, bad], return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                self._tell(Kind.SILENT, note=bad.result())
                await child.end(self._times.grace_s, self._around.hurry)
            return _ending(await ended, self._log.last_line)
        finally:
            ended.cancel()
            bad.cancel()

    async def _start(self) -> Child:
        start = Child.start(self.program, self._around.leash, self._log, self._times.grace_s)
        self._starting = asyncio.create_task(start)
        self._child = await asyncio.shield(self._starting)
        self._starting = None
        return self._child

    async def _until_silent(self, child: Child) -> str:
        """Return, in words, what is wrong once the process does not start or does not answer any more."""
        times = self._times
        try:
            async with asyncio.timeout(times.startup_s):
                while not await self._shows_life(child, times.startup_s):
                    await asyncio.sleep(times.startup_poll_s)
        except TimeoutError:
            return f"no sign of life within {times.startup_s:g} s of its start"
        self._tell(Kind.UP)
        self.started.set()
        async with asyncio.TaskGroup() as both:
            silent = both.create_task(self._until_misses(child))
            both.create_task(self._until_ready())
        return silent.result()

    async def _until_misses(self, child: Child) -> str:
        misses = 0
        while misses < self._times.misses:
            await asyncio.sleep(self._times.probe_every_s)
            misses = 0 if await self._shows_life(child, self._times.probe_s) else misses + 1
        return f"no sign of life {misses} times in a row"

    async def _shows_life(self, child: Child, seconds: float) -> bool:
        if self.program.port is not None:
            return await status_of(self.program.port, ALIVE, self._times.probe_s) == _GOOD
        try:
            await asyncio.wait_for(child.sign.wait(), seconds)
        except TimeoutError:
            return False
        child.sign.clear()
        return True

    async def _until_ready(self) -> None:
        """Tell when it is ready for work; nothing is done about a process that is not."""
        if self.program.port is not None:
            try:
                async with asyncio.timeout(self._times.ready_s):
                    while await status_of(self.program.port, READY, 2 * self._times.probe_s) != _GOOD:
                        await asyncio.sleep(self._times.ready_poll_s)
            except TimeoutError:
                self._tell(Kind.NOT_READY, note=f"up, not ready after {self._times.ready_s:g} s")
                self.settled.set()
                return
        self._tell(Kind.READY)
        self.settled.set()

    def _known(self) -> None:
        self.started.set()
        self.settled.set()

    def _tell(self, kind: Kind, note: str = "") -> None:
        since_ms = None if kind in _AT_NO_TIME else 1000 * (self._around.timer() - self._began)
        pid = self._child.pid if self._child else None
        self._around.tell(Event(kind, self.program.name, since_ms, pid, note))


def _ending(code: int, last_line: bytes = b"") -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    said = last_line.decode("utf-8", errors="replace").strip()[:300]
    return f"{how}; it last said: {said}" if said and code > 0 else how
