"""How long a call is tried again: what may pass is waited for within a budget, what will not is raised at once."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from propcast.backends.bus.answers import full_jitter
from propcast.backends.google.errors import google_errors
from propcast.core.errors import StoreUnavailable

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """A budget of time for one call with all its tries, and the waits between them."""

    budget_s: float = 120.0
    min_wait_s: float = 0.5
    max_wait_s: float = 16.0
    rng: random.Random = field(default_factory=random.Random)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def insist(self, doing: str, call: Callable[[float], T]) -> T:
        """Return what `call` returns; it is told how many seconds are left.

        Raises:
            StoreUnavailable: it was unavailable, overdue or out of quota until the budget was spent.
            StoreConflict, StoreRefused: it will not do, at once.
        """
        until, tries = self.monotonic() + self.budget_s, 0
        while True:
            try:
                with google_errors(doing):
                    return call(max(until - self.monotonic(), 1.0))
            except StoreUnavailable:
                wait = self._wait_s(tries)
                if self.monotonic() + wait >= until:
                    raise
                self.sleep(wait)
                tries += 1

    def pause(self, tries: int) -> None:
        """Wait before the next try of who was not first."""
        self.sleep(self._wait_s(tries))

    def _wait_s(self, tries: int) -> float:
        return full_jitter(self.rng, tries, self.min_wait_s, self.max_wait_s)
