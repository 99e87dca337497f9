"""Independent pieces of work side by side: Polars and NumPy let go of the interpreter while they compute."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
Other = TypeVar("Other")

WORKERS = 2
"""Threads at work: more of them wait for the interpreter than compute."""


def together(pieces: Iterable[Callable[[], Result]]) -> list[Result]:
    """Return the results of pure pieces of work in their order; the first error of a piece is raised."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return [future.result() for future in [pool.submit(piece) for piece in pieces]]


def both(piece: Callable[[], Result], other: Callable[[], Other]) -> tuple[Result, Other]:
    """Return the results of two pieces of work that do not need each other: one here, one beside it.

    Neither is left running: an error of the first is raised when the other has ended.
    """
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(other)
        return piece(), beside.result()
