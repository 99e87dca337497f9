"""One run for all callers: those who come together share it, those who come soon after get its result."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from propcast.service.health.runner import Timer

T = TypeVar("T")


class Window(Generic[T]):
    """Serves the result of `run` again until `seconds` have passed since it came; whether good or bad."""

    def __init__(self, run: Callable[[], Awaitable[T]], seconds: float, timer: Timer) -> None:
        self._run, self._seconds, self._timer = run, seconds, timer
        self._flight: asyncio.Task[T] | None = None
        self._last: tuple[float, T] | None = None

    @property
    def last(self) -> T | None:
        """The latest result, however old."""
        return self._last[1] if self._last else None

    async def get(self) -> tuple[T, bool]:
        """Return a result and whether it was there already. A caller that goes away does not end the run."""
        if self._last is not None and self._timer() - self._last[0] < self._seconds:
            return self._last[1], True
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        return await asyncio.shield(self._flight), False

    async def _fly(self) -> T:
        try:
            result = await self._run()
            self._last = (self._timer(), result)
            return result
        finally:
            self._flight = None
