"""Rate limits per person and per client address, shared between instances at the price of a few writes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

from propcast.backends.state.port import Body
from propcast.core.clock import Clock
from propcast.core.instants import text_of
from propcast.service.auth.store import Drawer, Store


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

    def window_end(self, now: datetime) -> datetime:
        """Return when the window of an instant ends; windows begin at whole multiples of their length."""
        past = int(now.timestamp()) // self.seconds
        return datetime.fromtimestamp((past + 1) * self.seconds, UTC)


SIGN_IN = Rate("sign_in", requests=10, seconds=300)
PERSON = Rate("person", requests=600, seconds=60, block=60)
ADDRESS = Rate("address", requests=1_200, seconds=60, block=120)


_MANY = 10_000


class Counters(Protocol):
    """Counts that all instances share."""

    def add(self, key: str, ends_at: datetime, by: int) -> int:
        """Add to the count of a key in the window that ends then, and return the sum."""
        ...


@dataclass(frozen=True)
class StoredCounters:
    """Counts kept in a store; the count of an earlier window is overwritten."""

    store: Store

    def add(self, key: str, ends_at: datetime, by: int) -> int:
        """Add to the count of a key in the window that ends then, and return the sum."""
        window = text_of(ends_at)

        def added(kept: Body | None) -> Body:
            before = int(str(kept["count"])) if kept is not None and kept["ends_at"] == window else 0
            return {"ends_at": window, "count": before + by}

        return int(str(self.store.change(Drawer.COUNTERS, key, added)["count"]))


@dataclass
class _Share:
    """What this process may still let pass in a window; nothing more is fetched once the common count is used up."""

    ends_at: datetime
    left: int
    used_up: bool = False


@dataclass
class Limiter:
    """Says whether one more request of a subject is within its rate; takes shares of the common count in blocks."""

    counters: Counters
    clock: Clock
    _shares: dict[str, _Share] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def passes_at_once(self, rate: Rate, subject: str) -> bool:
        """Take one request from what this process may let pass anyway; False says nothing but: ask `wait_s`."""
        with self._lock:
            share = self._shares.get(f"{rate.name} {subject}")
            if share is None or share.left == 0 or share.ends_at <= self.clock.now():
                return False
            share.left -= 1
            return True

    def wait_s(self, rate: Rate, subject: str) -> int:
        """Take one request; return 0 when it may pass, else the seconds until the window ends."""
        now = self.clock.now()
        key = f"{rate.name} {subject}"
        with self._lock:
            share = self._shares.get(key)
            if share is None or share.ends_at <= now:
                self._forget(now)
                share = self._shares[key] = _Share(rate.window_end(now), 0)
            if share.left == 0 and not share.used_up:
                self._fetch(rate, key, share)
            if share.left == 0:
                return max(1, round((share.ends_at - now).total_seconds()))
            share.left -= 1
            return 0

    def _fetch(self, rate: Rate, key: str, share: _Share) -> None:
        before = self.counters.add(key, share.ends_at, rate.block) - rate.block
        share.left = max(0, min(rate.block, rate.requests - before))
        share.used_up = share.left < rate.block

    def _forget(self, now: datetime) -> None:
        """Drop shares of windows that have ended, once many have gathered."""
        if len(self._shares) > _MANY:
            for key in [key for key, share in self._shares.items() if share.ends_at <= now]:
                del self._shares[key]
