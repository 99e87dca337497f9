"""Work beside answering requests: done again and again until shutdown, whatever one round of it raises."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio.to_thread

from propcast.service.telemetry import correlation
from propcast.service.telemetry.logs import Log


class Bell:
    """Wakes background work early; may be rung from any thread, also before anybody waits."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Let the next round begin now."""
        if self._loop is None:
            self._rung.set()
        else:
            self._loop.call_soon_threadsafe(self._rung.set)

    def attach(self) -> None:
        """Belong to the running loop."""
        self._loop = asyncio.get_running_loop()

    async def wait(self, seconds: float) -> None:
        """Return when rung, or after the seconds."""
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return
        self._rung.clear()


@dataclass(frozen=True)
class Background:
    """One kind of work.

    Attributes:
        name: constant name for the log.
        every_s: pause between two rounds.
        work: one round; it blocks and runs in a thread.
        bell: begins a round before the pause is over.
        idle_s: pause after a round that returned False, having found nothing that could need one soon; `every_s` if
            None.
    """

    name: str
    every_s: float
    work: Callable[[], object]
    bell: Bell = field(default_factory=Bell, compare=False)
    idle_s: float | None = None

    def pause_s(self, found: object) -> float:
        """Return the pause after a round that returned this."""
        return self.every_s if self.idle_s is None or found is not False else self.idle_s


class Rounds:
    """All background work of one service.

    `see` is shown what a round raises, besides the log; `well` is told the name of the work after each good round.
    """

    def __init__(
        self,
        tasks: Sequence[Background],
        log: Log,
        see: Callable[[BaseException], None],
        well: Callable[[str], None],
    ) -> None:
        self._tasks, self._log, self._see, self._well = tuple(tasks), log, see, well
        self._ending = False
        self._running: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin the first round of each."""
        for task in self._tasks:
            task.bell.attach()
        self._running = [asyncio.create_task(self._go_round(task)) for task in self._tasks]

    async def end(self, within_s: float) -> None:
        """Begin no further round, and wait for those that run; one that takes longer is left alone."""
        self._ending = True
        for task in self._tasks:
            task.bell.ring()
        if self._running:
            await asyncio.wait(self._running, timeout=within_s)
        for running in self._running:
            running.cancel()

    async def _go_round(self, task: Background) -> None:
        while not self._ending:
            found: object = None
            with correlation.about(correlation_id=correlation.fresh_id()):
                try:
                    found = await anyio.to_thread.run_sync(task.work, abandon_on_cancel=True)
                    self._well(task.name)
                except Exception as error:  # noqa: BLE001 - the loop's edge: one bad round must not end the work
                    self._see(error)
                    self._log.exception("background_failed", reason=task.name)
            await task.bell.wait(task.pause_s(found))
