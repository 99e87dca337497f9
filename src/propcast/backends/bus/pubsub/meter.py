"""How much waits on a subscription: Pub/Sub itself does not say, Cloud Monitoring does, some minutes late."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Waiting:
    """What waited on a subscription when it was last measured; what is not known is None, and `unknown` says why."""

    messages: int | None
    oldest_s: float | None
    unknown: str = ""


class Meter(Protocol):
    """Measures subscriptions."""

    def waiting(self, subscription: str) -> Waiting:
        """Return what waits on a subscription, by its short name."""
        ...


@dataclass(frozen=True)
class Unmeasured:
    """The meter where nothing is measured."""

    why: str

    def waiting(self, _subscription: str) -> Waiting:
        """Return that nothing is known."""
        return Waiting(None, None, self.why)
