"""How long a service is waited for: again while it fails for now, with growing pauses, within one budget."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from propcast.backends.bus.answers import full_jitter
from propcast.backends.google.errors import google_errors
from propcast.core.errors import PropCastError, StoreUnavailable

T = TypeVar("T")
Call = Callable[[float], T]
"""Asks once; takes the seconds that it may last."""
LEAST_S = 1.0
"""A call that has begun gets so long, also at the end of a budget."""


@dataclass(frozen=True)
class Patience:
    """How long one piece of work may take, with all its tries.

    Attributes:
        budget_s: after this nothing is tried again.
        call_s: one call.
        first_s: bound of the first pause; it doubles with each, full jitter.
        longest_s: no pause is longer.
    """

    budget_s: float = 30.0
    call_s: float = 10.0
    first_s: float = 0.05
    longest_s: float = 2.0
    rng: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def begin(self) -> "Waiting":
        """Return a budget that runs from now."""
        return Waiting(self)

    def once(self, doing: str, call: Call[T]) -> T:
        """Return what a call returns, made once; errors are ours, and say what was tried."""
        with google_errors(doing):
            return call(self.call_s)

    def again(self, doing: str, call: Call[T], also: tuple[type[PropCastError], ...] = ()) -> T:
        """Return what a call returns, made again within a budget of its own; see `Waiting.again`."""
        return self.begin().again(doing, call, also)


class Waiting:
    """One budget, and the pauses in it."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._end = patience.monotonic() + patience.budget_s
        self._tries = 0

    def pause(self) -> bool:
        """Wait before the next try; False, at once, when the budget would be spent by then."""
        patience = self._patience
        wait = full_jitter(patience.rng, self._tries, patience.first_s, patience.longest_s)
        self._tries += 1
        if patience.monotonic() + wait >= self._end:
            return False
        patience.sleep(wait)
        return True

    def again(self, doing: str, call: Call[T], also: tuple[type[PropCastError], ...] = ()) -> T:
        """Return what a call returns, made again while it fails for now; only for what may be done twice.

        Errors of the kinds in `also` count as failures for now too.

        Raises:
            StoreUnavailable: it failed for now until the budget was spent.
        """
        passing: tuple[type[PropCastError], ...] = (StoreUnavailable, *also)
        while True:
            try:
                with google_errors(doing):
                    return call(self._limit_s())
            except passing as error:
                if not self.pause():
                    told = f"{error}; tried {self._tries} times in {self._patience.budget_s:g} s"
                    raise StoreUnavailable(told) from error

    def _limit_s(self) -> float:
        left_s = self._end - self._patience.monotonic()
        return min(self._patience.call_s, max(left_s, LEAST_S))
