"""Independent pieces of work side by side: Polars and NumPy let go of the interpreter while they compute."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Result = TypeVar("Result")
Other = TypeVar("Other")

WORKERS = 2
"""Threads at work beside the caller's: more of them wait for the interpreter than compute."""

_HELPERS = ThreadPoolExecutor(WORKERS, thread_name_prefix="beside")
"""They stay, and so does what a thread keeps, such as its open tables."""


def together(pieces: Iterable[Callable[[], Result]]) -> list[Result]:
    """Return the results of pure pieces of work in their order; the first error of a piece is raised.

    No piece is left running. Pieces may call this themselves: the caller does the first, and what no helper has begun.
    """
    wanted = list(pieces)
    asked = [(piece, _HELPERS.submit(piece)) for piece in wanted[1:]]
    here = [_done(piece) for piece in wanted[:1]]
    return [ended.result() for ended in [*here, *(_ended(piece, beside) for piece, beside in asked)]]


def both(piece: Callable[[], Result], other: Callable[[], Other]) -> tuple[Result, Other]:
    """Return the results of two pieces of work that do not need each other: one here, one beside it.

    Neither is left running: an error of the first is raised when the other has ended.
    """
    beside = _HELPERS.submit(other)
    here = _done(piece)
    there = _ended(other, beside)
    return here.result(), there.result()


def _ended(piece: Callable[[], Result], beside: Future[Result]) -> Future[Result]:
    """Wait for a piece, or do it here and now where no helper has begun it."""
    if beside.cancel():
        return _done(piece)
    wait([beside])
    return beside


def _done(piece: Callable[[], Result]) -> Future[Result]:
    done: Future[Result] = Future()
    try:
        done.set_result(piece())
    except BaseException as error:  # noqa: BLE001 - raised where the result is taken
        done.set_exception(error)
    return done
