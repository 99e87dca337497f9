"""One run for all callers: those who come together share it, those who come soon after get its result."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from propcast.service.health.runner import Timer

T = TypeVar("T")

_LAST_PART = 0.25
"""However long a run takes, no other begins before this last part of the window."""


@dataclass(frozen=True)
class _Landed(Generic[T]):
    result: T
    at: float
    took: float


class Window(Generic[T]):
    """Serves the result of `run` again until `seconds` have passed since it came; whether good or bad.

    Who asks when hardly more is left than two runs take begins the next run, and does not wait for it: where callers
    never cease, none of them waits, and the results still follow one another at the pace of the window.
    """

    def __init__(self, run: Callable[[], Awaitable[T]], seconds: float, timer: Timer) -> None:
        self._run, self._seconds, self._timer = run, seconds, timer
        self._flight: asyncio.Task[T] | None = None
        self._last: _Landed[T] | None = None

    @property
    def last(self) -> T | None:
        """The latest result, however old."""
        return self._last.result if self._last else None

    async def get(self) -> tuple[T, bool]:
        """Return a result and whether it was there already. A caller that goes away does not end the run."""
        last = self._last
        left = last.at + self._seconds - self._timer() if last else 0.0
        if last is not None and left > 0:
            if left < min(2 * last.took, self._seconds * _LAST_PART):
                self._begun()
            return last.result, True
        return await asyncio.shield(self._begun()), False

    def _begun(self) -> asyncio.Task[T]:
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
            self._flight.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits
        return self._flight

    async def _fly(self) -> T:
        began = self._timer()
        try:
            result = await self._run()
            landed = self._timer()
            self._last = _Landed(result, landed, landed - began)
            return result
        finally:
            self._flight = None
