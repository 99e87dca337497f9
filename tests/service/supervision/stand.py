"""A supervisor of toys inside the test's own loop, with its events to wait for."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from propcast.service.supervision.child import Leash
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.keeper import Surroundings
from propcast.service.supervision.probe import status_of
from propcast.service.supervision.program import Program
from propcast.service.supervision.supervisor import Stages, Supervisor
from propcast.service.supervision.times import Times

ROOT = Path(__file__).parents[3]
PATIENCE_S = 20.0
QUICK = Times(
    prepare_s=0.3, prepare_again_s=0.01,
    startup_s=10.0, startup_poll_s=0.01, ready_s=0.3, ready_poll_s=0.01, probe_every_s=0.05, probe_s=0.5, misses=2,
    grace_s=5.0, first_restart_s=0.02, longest_restart_s=0.1, calm_s=60.0, crashes=3, within_s=60.0,
)  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def toy(name: str, character: str = "well") -> Program:
    """A program of that character; one that beats or is mute has no port."""
    port = free_port()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TOY": name}
    has_port = character not in ("beating", "mute")
    arguments = (str(port), character)
    return Program(name, "tests.service.supervision.toy", arguments, port if has_port else None, environ)


@dataclass
class Stand:
    """A running supervisor and what it told so far."""

    logs: Path
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: Event) -> None:
        self.told.append(event)
        self.changed.set()

    def kinds(self, process: str) -> list[Kind]:
        return [event.kind for event in self.told if event.process == process]

    async def until(self, kind: Kind, process: str = "", times: int = 1) -> Event:
        """Wait until that has happened to that process so often."""
        async with asyncio.timeout(PATIENCE_S):
            while len(found := [e for e in self.told if (e.kind, e.process) == (kind, process)]) < times:
                self.changed.clear()
                await self.changed.wait()
        return found[times - 1]

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text()


@asynccontextmanager
async def standing(logs: Path, stages: Stages, times: Times = QUICK) -> AsyncIterator[Stand]:
    """Supervise the stages until the block ends."""
    stand, leash = Stand(logs), Leash()
    rng = random.Random(7)  # noqa: S311 - spreads restarts
    around = Surroundings(leash, logs, stand.tell, rng, times)
    running = asyncio.create_task(Supervisor(stages, around).run(stand.stop))
    try:
        yield stand
    finally:
        stand.stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await running
        leash.close()


def supervised(
    logs: Path, programs: Sequence[Program], play: Callable[[Stand], Coroutine[None, None, None]], times: Times = QUICK
) -> Stand:
    """Supervise programs of one stage while the play goes on; return what was told by the end."""

    async def perform() -> Stand:
        async with standing(logs, [programs], times) as stand:
            await play(stand)
        return stand

    return asyncio.run(perform())


async def ask(program: Program, path: str) -> int | None:
    """Ask a toy."""
    assert program.port is not None
    return await status_of(program.port, path, 0.3)
