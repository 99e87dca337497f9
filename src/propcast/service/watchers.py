"""Work whose silence somebody must hear of: each writes a heartbeat after every good round."""

from dataclasses import dataclass

from propcast.pipeline.batch.rules import BatchTimes


@dataclass(frozen=True)
class Watcher:
    """One kind of such work.

    Attributes:
        name: of the background work, and the label of its heartbeat.
        every_s: pause between two rounds.
    """

    name: str
    every_s: float


OUTBOX = Watcher("outbox", 1.0)
SWEEP = Watcher("sweep", BatchTimes().sweep.total_seconds())
PAID_LOOK_EVERY_S = 10.0
"""The pause of the outbox while it is empty, where each look is a read that is paid for. What nobody rang for is then
unsent for no longer: a third of what `outbox:oldest_unsent` warns of, a sixth of the least silence that is alarming."""
WATCHERS: tuple[Watcher, ...] = (OUTBOX, SWEEP)
