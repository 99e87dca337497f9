"""Rate limits per person and per client address, shared between instances at the price of a few writes."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from propcast.core.clock import Clock
from propcast.service.auth.store import Document, Drawer, Store


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds, for one kind of subject.

    Attributes:
        block: how many are fetched from the shared count at once; 1 counts each one exactly.
    """

    name: str
    requests: int
    seconds: int
    block: int = 1


SIGN_IN = Rate("sign_in", requests=10, seconds=300)
PERSON = Rate("person", requests=600, seconds=60, block=60)
ADDRESS = Rate("address", requests=1_200, seconds=60, block=120)


class Counters(Protocol):
    """Counts that all instances share."""

    def add(self, key: str, window: int, by: int) -> int:
        """Add to the count of a key in a window and return the sum."""
        ...


@dataclass(frozen=True)
class StoredCounters:
    """Counts kept in a store; the count of an earlier window is overwritten."""

    store: Store

    def add(self, key: str, window: int, by: int) -> int:
        """Add to the count of a key in a window and return the sum."""

        def added(kept: Document | None) -> Document:
            same = kept is not None and kept["window"] == window
            return {"window": window, "count": (int(str(kept["count"])) if kept and same else 0) + by}

        return int(str(self.store.change(Drawer.COUNTERS, key, added)["count"]))


@dataclass
class _Share:
    window: int
    left: int


@dataclass
class Limiter:
    """Says whether one more request of a subject is within its rate; takes shares of the common count in blocks."""

    counters: Counters
    clock: Clock
    _shares: dict[str, _Share] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait_s(self, rate: Rate, subject: str) -> int:
        """Take one request; return 0 when it may pass, else the seconds until the window ends."""
        now = int(self.clock.now().timestamp())
        window = now // rate.seconds
        key = f"{rate.name} {subject}"
        with self._lock:
            share = self._shares.get(key)
            if share is None or share.window != window or share.left == 0:
                share = self._shares[key] = _Share(window, self._fetch(rate, key, window, share))
                self._forget(window, rate)
            if share.left <= 0:
                return rate.seconds - now % rate.seconds
            share.left -= 1
            return 0

    def _fetch(self, rate: Rate, key: str, window: int, share: _Share | None) -> int:
        if share is not None and share.window == window and share.left < 0:
            return -1
        before = self.counters.add(key, window, rate.block) - rate.block
        return min(rate.block, rate.requests - before) or -1

    def _forget(self, window: int, rate: Rate) -> None:
        """Drop shares of earlier windows once many have gathered."""
        if len(self._shares) > 10_000:
            kept = {k: s for k, s in self._shares.items() if not k.startswith(rate.name) or s.window == window}
            self._shares.clear()
            self._shares.update(kept)
