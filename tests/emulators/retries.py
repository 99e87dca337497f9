"""When a refused message is to come again: kept here, as the emulator of Pub/Sub loses messages over it.

The emulator notes waiting messages under the millisecond at which they are due. Two that are due in the same one are
noted again and again, the second time comes when the message is gone already, and what looks for due messages dies of
it: nothing that was refused twice is pushed on that subscription any more (docs/emulators.md).
"""

import time
from collections import Counter
from collections.abc import Callable

from google.pubsub_v1 import types

_KEPT = ("retry_policy", "dead_letter_policy")
"""The second too: a push that comes too early counts for the emulator, and is none for the postman."""
_GROWTH = 1.3
"""By so much each wait of the emulator is longer than the one before; the first is a second whatever is declared."""


class Retries:
    """The waits of subscriptions whose policy was taken off the emulator: that one pushes again after a second."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._declared: dict[str, types.Subscription] = {}
        self._refused: Counter[tuple[str, str]] = Counter()
        self._due: dict[tuple[str, str], float] = {}

    def keep(self, subscription: types.Subscription) -> types.Subscription:
        """Keep the policies of a subscription from now on; return it without them."""
        self._declared[subscription.name] = types.Subscription(subscription)
        without = types.Subscription(subscription)
        for policy in _KEPT:
            delattr(without, policy)
        return without

    def declared(self, name: str) -> types.Subscription | None:
        """Return a kept subscription as it was declared."""
        return self._declared.get(name)

    def is_early(self, name: str, message_id: str) -> bool:
        """Tell whether a message has to wait longer."""
        return self._now() < self._due.get((name, message_id), 0.0)

    def refused(self, name: str, message_id: str) -> None:
        """Let a message wait, longer each time."""
        found = self._declared.get(name)
        if found is not None:
            self._refused[name, message_id] += 1
            wait = _wait_s(found.retry_policy, self._refused[name, message_id])
            self._due[name, message_id] = self._now() + wait


def _wait_s(policy: types.RetryPolicy, refusals: int) -> float:
    shortest, longest = (each.total_seconds() for each in (policy.minimum_backoff, policy.maximum_backoff))
    return 0.0 if refusals < 2 else min(longest, shortest * _GROWTH ** (refusals - 2))
