"""Panels: parts of a page that are read apart, so that one which fails leaves the page standing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

import anyio
import anyio.to_thread

from propcast.apps.console.wording import sentence
from propcast.core.clock import Clock
from propcast.core.errors import PropCastError
from propcast.pipeline.plain import plain
from propcast.service.telemetry.logs import Log

T = TypeVar("T")

PATIENCE_S = 5.0
"""Longest time that a page waits for one panel."""


class PanelState(StrEnum):
    """How a panel stands; it is never blank."""

    OK = "ok"
    EMPTY = "empty"
    STALE = "stale"
    PARTIAL = "partial"
    LOADING = "loading"
    ERROR = "error"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Panel(Generic[T]):
    """One part of a page.

    Attributes:
        as_of: when its content was true; None where there is none.
        content: None exactly when nothing is known: then it is drawn as unknown, never as nothing.
        sentence: what a reader should know of the state: what, since when, what to do.
    """

    name: str
    state: PanelState
    as_of: datetime | None = None
    content: T | None = None
    sentence: str = ""

    def plain(self) -> dict[str, object]:
        """Return the panel as JSON has it; `data` is null while nothing is known."""
        told = {"state": self.state, "as_of": self.as_of, "sentence": self.sentence or None, "data": self.content}
        return {name: plain(value) for name, value in told.items()}


def forbidden(name: str, what: str) -> Panel[T]:
    """Return a panel that this reader may not see."""
    return Panel(name, PanelState.FORBIDDEN, sentence=f"Sign in to see {what}.")


@dataclass(frozen=True)
class Panels:
    """Reads panels, and remembers since when each has failed.

    Attributes:
        failing: since when which panel has failed.
        passing: errors that are the reader's own mistake, and so go on to him.
    """

    clock: Clock
    log: Log
    patience_s: float = PATIENCE_S
    failing: dict[str, datetime] = field(default_factory=dict)
    passing: tuple[type[Exception], ...] = ()

    async def read(self, name: str, work: Callable[[], Panel[T]]) -> Panel[T]:
        """Return what `work` makes, in a thread; its failure, or its being late, becomes an `error` panel."""
        return await self.wait(
            name, lambda: anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
        )

    async def wait(self, name: str, work: Callable[[], Awaitable[Panel[T]]]) -> Panel[T]:
        """Return what `work` makes; its failure, or its being late, becomes an `error` panel."""
        try:
            async with asyncio.timeout(self.patience_s):
                panel = await work()
        except self.passing:
            raise
        except Exception as error:
            self.log.exception("panel_failed", reason=f"{name} {type(error).__name__}")
            return self._failed(name, error)
        self.failing.pop(name, None)
        return panel

    def _failed(self, name: str, error: Exception) -> Panel[T]:
        now = self.clock.now()
        since = self.failing.setdefault(name, now)
        return Panel(name, PanelState.ERROR, since, sentence=_sentence(error))


def _sentence(error: Exception) -> str:
    """Say what is wrong and what to do; what libraries say may quote values, so only its kind is shown."""
    match error:
        case TimeoutError():
            return f"No answer within {PATIENCE_S:g} s. Look at /health/deep of this service, then reload."
        case PropCastError():
            return f"{sentence(str(error)).rstrip('.')}."
        case _:
            return f"It could not be read ({type(error).__name__}). The log of this service has the details."
