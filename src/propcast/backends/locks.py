"""Exclusive locks between threads and processes of one machine, released by the kernel when a holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock that the file stands for; waits until it is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A descriptor of its own per holder: flock then excludes threads as well as processes.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
