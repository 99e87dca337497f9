"""Messages taken from a subscription that pushes to nobody: leased, then acknowledged or given back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1 import types

from propcast.backends.bus.pubsub.clients import Clients
from propcast.backends.google.patience import Patience

ALL = 2000
"""Dead letters looked at; whoever has more works through them from the oldest."""
_FIRST_S, _NEXT_S = 1.0, 0.3
"""An empty subscription answers nothing at all, so waiting ends; a second look needs less of it."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Pulling:
    """Takes messages by hand. Whoever dies in between loses nothing: their leases end and the messages come again."""

    clients: Clients
    calls: Patience

    @contextmanager
    def leased(self, path: str, limit: int = ALL) -> Iterator[list[types.ReceivedMessage]]:
        """Lease what waits, and give it back at the end, all but what was acknowledged meanwhile."""
        found = self.take(path, limit)
        try:
            yield found
        finally:
            for ids in _pages(found):
                self.calls.again(f"giving messages of {path} back", partial(self._give_back, path, ids))

    def take(self, path: str, limit: int) -> list[types.ReceivedMessage]:
        """Lease up to so many messages: what waits now, not what comes later."""
        found = list[types.ReceivedMessage]()
        while len(found) < limit:
            more = self._pull(path, min(limit - len(found), _AT_ONCE), _NEXT_S if found else _FIRST_S)
            if not more:
                break
            found += more
        return found

    def acknowledge(self, path: str, found: Sequence[types.ReceivedMessage]) -> None:
        """Take leased messages away for good."""
        for ids in _pages(found):
            self.calls.again(f"acknowledging messages of {path}", partial(self._acknowledge, path, ids))

    def _give_back(self, path: str, ids: list[str], limit_s: float) -> None:
        self.clients.subscriber.modify_ack_deadline(
            subscription=path, ack_ids=ids, ack_deadline_seconds=0, retry=None, timeout=limit_s
        )

    def _acknowledge(self, path: str, ids: list[str], limit_s: float) -> None:
        self.clients.subscriber.acknowledge(subscription=path, ack_ids=ids, retry=None, timeout=limit_s)

    def _pull(self, path: str, most: int, wait_s: float) -> list[types.ReceivedMessage]:
        def call(limit_s: float) -> list[types.ReceivedMessage]:
            try:
                found = self.clients.subscriber.pull(
                    subscription=path, max_messages=most, retry=None, timeout=min(wait_s, limit_s)
                )
            except DeadlineExceeded:
                return []
            return list(found.received_messages)

        return self.calls.again(f"receiving from {path}", call)


def _pages(found: Sequence[types.ReceivedMessage]) -> Iterator[list[str]]:
    for at in range(0, len(found), _AT_ONCE):
        yield [each.ack_id for each in found[at : at + _AT_ONCE]]
