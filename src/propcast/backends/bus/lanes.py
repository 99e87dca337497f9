"""What is under way for each subscription, and how much more may start."""

from dataclasses import dataclass

from propcast.backends.bus.port import Subscription


@dataclass
class Lane:
    """The pushes of one subscription; no lane takes room from another.

    A service that is not reached rests its lane, not its messages: one push tries again after the rest, and the others
    follow when it was answered. So an outage costs a few connections, however long the queue is.

    Attributes:
        subscription: as it was last declared.
        running: pushes under way.
        rests_until: no push starts before, in microseconds.
        misses: rests in a row.
    """

    subscription: Subscription
    running: int = 0
    rests_until: int = 0
    misses: int = 0

    def room(self, at: int) -> int:
        """Return how many more pushes may start now."""
        if at < self.rests_until:
            return 0
        allowed = 1 if self.misses else self.subscription.concurrency
        return max(0, allowed - self.running)

    def reached(self) -> None:
        """Note that the service answered."""
        self.misses = 0

    def missed(self, at: int, wait: int) -> None:
        """Rest from now on; pushes of the same burst that miss too change nothing."""
        if at >= self.rests_until:
            self.misses += 1
            self.rests_until = at + wait
