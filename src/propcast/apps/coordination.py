"""What the coordinator works with: the rules of the protocol, and the batches that wait to be put together."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from propcast.apps import measures
from propcast.apps import resources as shared
from propcast.apps.counting import Counting
from propcast.apps.horizon import Judged, lines_age, read_horizon
from propcast.apps.resources import Resources
from propcast.backends.settings import Settings
from propcast.backends.state import inbox, outbox
from propcast.backends.state.retention import forget
from propcast.core.clock import Clock
from propcast.core.sport import Sport
from propcast.pipeline.batch.consolidating import consolidate
from propcast.pipeline.batch.openers import OPENERS
from propcast.pipeline.batch.rules import BatchTimes, Rules
from propcast.pipeline.batch.samples import SAMPLES
from propcast.pipeline.batch.sweeping import Swept, sweep
from propcast.service.background import Background, Bell
from propcast.service.catalogue import Entry
from propcast.service.declaration import Environ
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.service.watchers import SWEEP

CONSOLIDATION_EVERY_S = 5.0
HOUSEKEEPING_EVERY_S = 3600.0
KEPT = timedelta(days=14)
"""How long it is remembered which messages had their effect, and what was sent."""


class Complete:
    """Batches whose shards have all ended; asked for by pushes, put together beside them."""

    def __init__(self) -> None:
        self.bell = Bell()
        self._ids: set[str] = set()
        self._lock = threading.Lock()

    def add(self, batch_id: str) -> None:
        """Have a batch put together soon."""
        with self._lock:
            self._ids.add(batch_id)
        self.bell.ring()

    def take(self) -> str | None:
        """Return one of them, and forget it."""
        with self._lock:
            return self._ids.pop() if self._ids else None


class StoodIn:
    """How often the sweep did what a message should have done, since somebody last asked."""

    def __init__(self) -> None:
        self._n = 0
        self._lock = threading.Lock()

    def add(self, n: int) -> None:
        """Remember some more."""
        with self._lock:
            self._n += n

    def take(self) -> int:
        """Return how many there were, and begin anew."""
        with self._lock:
            n, self._n = self._n, 0
            return n


@dataclass(frozen=True)
class Coordinator:
    """The environment of the coordinator."""

    resources: Resources
    rules: Rules
    counting: Counting
    judged: Judged
    stood_in: StoodIn = field(default_factory=StoodIn)
    complete: Complete = field(default_factory=Complete)

    def sweep(self) -> Swept:
        """Do what lost messages and dead processes left undone."""
        resources = self.resources
        dispatcher = shared.dispatcher(resources)
        swept = sweep(resources.backends, dispatcher, holder=resources.holder, rules=self.rules)
        self.stood_in.add(swept.redriven + swept.expired + swept.failed + swept.consolidated)
        return swept

    def consolidate(self) -> None:
        """Put together what is complete; what fails is left to the sweep."""
        while (batch_id := self.complete.take()) is not None:
            consolidate(self.resources.backends, batch_id, holder=self.resources.holder, rules=self.rules)
            self.resources.outbox.ring()


def open_coordinator(entry: Entry, environ: Environ, clock: Clock | None = None) -> Coordinator:
    """Open the coordinator's environment."""
    resources = shared.open_resources(entry, environ, clock)
    counting = Counting(resources.backends.state.now())
    judged = Judged(resources.backends.clock.now())
    who = resources.identity
    rules = replace(rules_of(resources.backends.settings), release=who.release, revision=who.revision)
    return Coordinator(resources, rules, counting, judged)


def rules_of(settings: Settings) -> Rules:
    """Return the rules of the protocol as the settings have them."""
    times = replace(BatchTimes(), batch=timedelta(seconds=settings.batch_deadline_s))
    return Rules(times.scaled(settings.time_divisor), settings.shard_size)


def background(coordinator: Coordinator) -> Sequence[Background]:
    """Send the outbox, put batches together, sweep, and forget what no longer matters."""
    pause = coordinator.rules.times.sweep.total_seconds()
    complete = coordinator.complete
    return [
        *shared.background(coordinator.resources),
        Background("consolidation", CONSOLIDATION_EVERY_S, coordinator.consolidate, complete.bell),
        Background(SWEEP.name, pause, coordinator.sweep),
        Background("housekeeping", HOUSEKEEPING_EVERY_S, lambda: tidy(coordinator.resources)),
    ]


def tidy(resources: Resources) -> int:
    """Forget inbox keys and sent messages that are too old to come again, and canaries and revisions long gone."""
    state = resources.backends.state
    before, gone = state.now() - KEPT, 0
    for collection, at in (
        (inbox.INBOX, "at"),
        (outbox.SENT, "sent_at"),
        (SAMPLES, "sampled_at"),
        (OPENERS, "seen_at"),
    ):
        while forgotten := forget(state, collection, at, before):
            gone += forgotten
    return gone


def measure(coordinator: Coordinator, metrics: Metrics) -> None:
    """Measure what waits, what was given up, how today stands, and what has ended."""
    resources = coordinator.resources
    measures.waiting(resources, metrics)
    measures.given_up(resources, metrics)
    measures.not_back(resources, metrics)
    for sport in Sport:
        horizon = read_horizon(resources.backends, sport)
        horizon.measure(metrics)
        coordinator.judged.look(horizon, metrics)
        lines_age(resources.backends, sport, metrics)
    metrics.count(declared.BACKUP_PATH, coordinator.stood_in.take(), watcher=SWEEP.name)
    coordinator.counting.look(resources, metrics)


def resources_of(coordinator: Coordinator) -> Resources:
    """Return what the coordinator shares with every service."""
    return coordinator.resources
