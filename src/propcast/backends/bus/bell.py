"""A doorbell between processes: writers ring, the delivery loop wakes. A ring may get lost; the loop polls as well."""

import contextlib
import os
from pathlib import Path

_READ_BYTES = 65_536


def bell_of(path: Path) -> Path:
    """Return where the bell of a bus file is."""
    return path.with_name(f"{path.name}.bell")


def ring(path: Path) -> None:
    """Wake whoever listens; costs microseconds, and does nothing when nobody does."""
    # No bell, nobody at it, or rung so often that it is full already.
    with contextlib.suppress(OSError):
        descriptor = os.open(bell_of(path), os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


class Listener:
    """The listening end of a bell, for an event loop to watch; None as descriptor where there can be no bell."""

    def __init__(self, path: Path) -> None:
        self.descriptor: int | None = None
        with contextlib.suppress(OSError):
            if not bell_of(path).exists():
                os.mkfifo(bell_of(path), 0o600)
            # Open for writing too: else every ring that closes the pipe would wake us for ever.
            self.descriptor = os.open(bell_of(path), os.O_RDWR | os.O_NONBLOCK)

    def heard(self) -> None:
        """Take the rings so far."""
        if self.descriptor is not None:
            with contextlib.suppress(BlockingIOError):
                os.read(self.descriptor, _READ_BYTES)

    def close(self) -> None:
        """Stop listening."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
