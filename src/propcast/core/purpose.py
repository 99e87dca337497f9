"""What work is done for, so that its cost can be told apart from the cost of other work."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WORK, HEALTH = "work", "health"

_PURPOSE: ContextVar[str] = ContextVar("purpose", default=WORK)


def purpose() -> str:
    """Return what the current work is for; stores count their jobs and bytes by it."""
    return _PURPOSE.get()


@contextmanager
def done_for(name: str) -> Iterator[None]:
    """Say what the work in the block is for, in this thread and in those that copy its context."""
    token = _PURPOSE.set(name)
    try:
        yield
    finally:
        _PURPOSE.reset(token)
