"""Runs all processes of one machine: starts them stage by stage, and ends them in the reverse order."""

import asyncio
from collections.abc import Sequence

from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.keeper import Keeper, Surroundings
from propcast.service.supervision.program import Program

Stages = Sequence[Sequence[Program]]


class Supervisor:
    """Keeps the programs of all stages running; those of one stage start and end together."""

    def __init__(self, stages: Stages, around: Surroundings) -> None:
        self._stages, self._around = stages, around
        self._keepers: list[list[Keeper]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._broken = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Start everything, keep it running until `stop` is set, then end it; a stage begins when the last is up."""
        waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(self._broken.wait())]
        starting = asyncio.create_task(self._start())
        starting.add_done_callback(self._look)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*waiting, starting, *self._tasks):
                task.cancel()
            ends = await asyncio.gather(starting, *self._tasks, return_exceptions=True)
            await self._end()
        for error in ends:
            if isinstance(error, Exception):
                raise error

    async def _start(self) -> None:
        began = self._around.timer()
        for stage in self._stages:
            keepers = [Keeper(program, self._around) for program in stage]
            self._keepers.append(keepers)
            for keeper in keepers:
                task = asyncio.create_task(keeper.run())
                task.add_done_callback(self._look)
                self._tasks.append(task)
            for keeper in keepers:
                await keeper.started.wait()
        for keeper in (keeper for keepers in self._keepers for keeper in keepers):
            await keeper.settled.wait()
        self._around.tell(Event(Kind.ALL_STARTED, duration_ms=1000 * (self._around.timer() - began)))

    async def _end(self) -> None:
        began = self._around.timer()
        for keepers in reversed(self._keepers):
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
        self._around.tell(Event(Kind.ALL_STOPPED, duration_ms=1000 * (self._around.timer() - began)))

    def _look(self, task: "asyncio.Task[None]") -> None:
        """End everything when a task breaks, which is a bug: nobody would keep its process any more."""
        if not task.cancelled() and task.exception() is not None:
            self._broken.set()
