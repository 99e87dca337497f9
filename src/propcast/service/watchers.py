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
WATCHERS: tuple[Watcher, ...] = (OUTBOX, SWEEP)
