"""How long a service is waited for: again while it fails for now, with growing pauses, within one budget."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from propcast.backends.google.errors import google_errors
from propcast.core.errors import StoreUnavailable

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long one piece of work may take, with all its repeats.

    Attributes:
        budget_s: after this nothing is tried again.
        call_s: one call.
        first_s, longest_s: the pause doubles from the first to the longest, and is shortened at random by up to half.
    """

    budget_s: float = 30.0
    call_s: float = 10.0
    first_s: float = 0.05
    longest_s: float = 2.0
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def begin(self) -> "Waiting":
        """Return a budget that runs from now."""
        return Waiting(self)


class Waiting:
    """One budget, and the pauses in it."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._end = patience.monotonic() + patience.budget_s
        self._next = patience.first_s

    def pause(self) -> bool:
        """Wait before the next try; False, at once, when the budget would be spent by then."""
        patience = self._patience
        wait = self._next * random.uniform(0.5, 1.0)  # noqa: S311 - so that those who collided do not meet again
        if patience.monotonic() + wait >= self._end:
            return False
        patience.sleep(wait)
        self._next = min(self._next * 2, patience.longest_s)
        return True


def again(doing: str, call: Callable[[], T], waiting: Waiting) -> T:
    """Return what `call` returns, made again while it is `StoreUnavailable`; only for what may be done twice."""
    while True:
        try:
            with google_errors(doing):
                return call()
        except StoreUnavailable:
            if not waiting.pause():
                raise
