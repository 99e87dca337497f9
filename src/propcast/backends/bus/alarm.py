"""What wakes the delivery loop: an ended push, somebody's commit, or an instant."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from propcast.backends.bus.bell import Listener
from propcast.backends.bus.instants import micros
from propcast.core.clock import Clock
from propcast.core.errors import StoreUnavailable


class Alarm:
    """Waits for work: at once when a bell rings in this process or at the file, by polling when no bell can."""

    def __init__(self, path: Path, news: Callable[[], int], clock: Clock, poll_s: float) -> None:
        self._path = path
        self._news = news
        self._clock = clock
        self._poll_s = poll_s
        self._heard = -1
        self._rung = asyncio.Event()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen at the file's bell in the running event loop."""
        listener, loop = Listener(self._path), asyncio.get_running_loop()
        if listener.descriptor is None:
            yield
            return
        loop.add_reader(listener.descriptor, self._hear, listener)
        try:
            yield
        finally:
            loop.remove_reader(listener.descriptor)
            listener.close()

    def ring(self) -> None:
        """Wake the loop; a ring between two waits is not lost."""
        self._rung.set()

    def _hear(self, listener: Listener) -> None:
        listener.heard()
        self.ring()

    def silence(self) -> None:
        """Forget the rings so far: whoever calls looks at everything next."""
        self._rung.clear()

    async def wait(self, until: int | None) -> None:
        """Wait for a ring, for somebody's commit, or until an instant in microseconds."""
        while not self._rung.is_set() and not self._committed() and (until is None or self._left_s(until) > 0):
            pause = self._poll_s if until is None else min(self._poll_s, self._left_s(until))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._rung.wait()

    def _left_s(self, until: int) -> float:
        return (until - micros(self._clock.now())) / 1e6

    def _committed(self) -> bool:
        try:
            before, self._heard = self._heard, self._news()
        except StoreUnavailable:
            return False  # whoever visits the file next says so
        return self._heard != before
