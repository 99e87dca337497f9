"""Keeps a lease alive beside the work, and stops the work before its next effect when that fails."""

import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from propcast.backends.state import leases
from propcast.backends.state.leases import Lease, LeaseLost
from propcast.backends.state.port import State


class Heartbeat:
    """Renews a lease every third of its time in a thread of its own, while the block runs.

    `until` is the store's instant after which it lets go: work that takes longer is somebody else's.
    """

    def __init__(self, state: State, lease: Lease, ttl: timedelta, until: datetime | None = None) -> None:
        self._state, self._ttl, self._until = state, ttl, until
        self._lease = lease
        self._lost = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {lease.resource}", daemon=True)

    @property
    def lease(self) -> Lease:
        """The lease as last renewed."""
        return self._lease

    def require(self) -> None:
        """Go on to the next effect, or raise `LeaseLost` when the lease could not be renewed."""
        if self._lost:
            raise LeaseLost(f"{self._lease.holder!r} lost {self._lease.resource!r}: {self._lost}; nothing was written")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self._ttl.total_seconds() / 3):
            if self._until is not None and self._lease.expires_at - self._ttl >= self._until:
                self._lost = "it took longer than it may"
                return
            try:
                self._lease = leases.renew(self._state, self._lease, self._ttl)
            except Exception as error:  # noqa: BLE001 - the edge of the thread: whatever it is, the lease is not renewed
                self._lost = f"{type(error).__name__}: {error}"
                return
