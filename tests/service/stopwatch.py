"""Times promises on a machine that has other things to do as well."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
TRIES = 3


def kept_within(seconds: float, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work on a fresh loop and return its result; one of three tries at least has to be in time."""

    async def timed() -> tuple[T, float]:
        started = time.monotonic()
        result = await work()
        return result, time.monotonic() - started

    took = []
    for _ in range(TRIES):
        result, last = asyncio.run(timed())
        took.append(last)
        if last < seconds:
            return result
    raise AssertionError(f"took {took} s; {seconds} s were promised")
