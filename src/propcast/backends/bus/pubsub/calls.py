"""How Pub/Sub is asked: each call with a limit, again while that may help, and no longer than a budget."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from propcast.backends.bus.answers import full_jitter
from propcast.backends.google.errors import google_errors
from propcast.core.errors import PropCastError, StoreUnavailable

T = TypeVar("T")
Call = Callable[[float], T]
"""Asks once; takes the seconds that it may last."""


@dataclass(frozen=True)
class Patience:
    """How long Pub/Sub is waited for, in seconds.

    Attributes:
        call_s: one call.
        budget_s: all tries of one call together; no try begins after it.
        first_pause_s: bound of the pause after the first failure; it doubles with each, full jitter.
        longest_pause_s: no pause is longer.
    """

    call_s: float = 5.0
    budget_s: float = 20.0
    first_pause_s: float = 0.2
    longest_pause_s: float = 4.0


@dataclass(frozen=True)
class Calls:
    """Asks with patience; every failure comes out as one of our errors, and says what was tried."""

    rng: random.Random
    patience: Patience = Patience()
    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def once(self, doing: str, call: Call[T]) -> T:
        """Return what a call returns, made once."""
        with google_errors(doing):
            return call(self.patience.call_s)

    def again(self, doing: str, call: Call[T], also: tuple[type[PropCastError], ...] = ()) -> T:
        """Return what a call returns, made again while it fails for now; only for what may be done twice.

        Errors of the kinds in `also` count as failures for now too.
        """
        patience = self.patience
        passing: tuple[type[PropCastError], ...] = (StoreUnavailable, *also)
        end = self.timer() + patience.budget_s
        for tries in count():
            try:
                return self.once(doing, call)
            except passing as error:
                pause = full_jitter(self.rng, tries, patience.first_pause_s, patience.longest_pause_s)
                if self.timer() + pause >= end:
                    told = f"{error}; tried {tries + 1} times in {patience.budget_s:g} s"
                    raise StoreUnavailable(told) from error
                self.sleep(pause)
        raise AssertionError("unreachable")


def is_absent(error: BaseException) -> bool:
    """Tell whether one of our errors says that what was asked for does not exist."""
    from google.api_core.exceptions import NotFound

    return isinstance(error.__cause__, NotFound)
