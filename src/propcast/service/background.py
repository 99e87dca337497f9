"""Work beside answering requests: done again and again until shutdown, whatever one round of it raises."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio.to_thread

from propcast.service.telemetry import correlation
from propcast.service.telemetry.logs import Log


class Bell:
    """Wakes background work early; may be rung from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Let the next round begin now."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, seconds: float) -> None:
        """Return when rung, or after the seconds."""
        self._loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._rung.clear()


@dataclass(frozen=True)
class Background:
    """One kind of work.

    Attributes:
        name: constant name for the log.
        every_s: pause between two rounds.
        work: one round; it blocks and runs in a thread.
        bell: begins a round before the pause is over.
    """

    name: str
    every_s: float
    work: Callable[[], object]
    bell: Bell = field(default_factory=Bell, compare=False)


async def run_all(tasks: Sequence[Background], log: Log) -> None:
    """Do all of them until cancelled; a round that has begun is finished."""
    await asyncio.gather(*(_rounds(task, log) for task in tasks))


async def _rounds(task: Background, log: Log) -> None:
    while True:
        with correlation.about(correlation_id=correlation.fresh_id()):
            try:
                await anyio.to_thread.run_sync(task.work)
            except Exception:  # the loop's edge: one bad round must not end the work
                log.exception("background_failed", reason=task.name)
        await task.bell.wait(task.every_s)
