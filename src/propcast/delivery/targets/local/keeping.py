"""Programs that come and go under one keeper process, each kept by a `Keeper`."""

import asyncio
from dataclasses import dataclass, field

from propcast.service.supervision.keeper import Keeper, Surroundings
from propcast.service.supervision.program import Program
from propcast.service.supervision.record import Recorder


@dataclass
class _Kept:
    keeper: Keeper
    task: "asyncio.Task[None]"


@dataclass
class Keeping:
    """Keeps programs by name.

    Attributes:
        broken: set when a task of ours breaks, which is a bug: nobody would keep its process any more.
    """

    around: Surroundings
    recorder: Recorder
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def start(self, program: Program) -> None:
        """Keep a program from now on; one of that name that is kept already stays as it is."""
        if program.name in self._kept:
            return
        self.recorder.add(program)
        keeper = Keeper(program, self.around)
        task = asyncio.create_task(keeper.run())
        task.add_done_callback(self._look)
        self._kept[program.name] = _Kept(keeper, task)

    async def stop(self, name: str) -> None:
        """End a program; one that is not kept is fine."""
        kept = self._kept.pop(name, None)
        if kept is None:
            return
        kept.task.cancel()
        await asyncio.gather(kept.task, return_exceptions=True)
        await kept.keeper.stop()
        self.recorder.drop(name)

    async def stop_all(self) -> None:
        """End everything at once."""
        await asyncio.gather(*(self.stop(name) for name in list(self._kept)))

    def _look(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self.broken.set()
