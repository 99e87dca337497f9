"""The metrics that are read from stores when somebody asks for the metrics: what waits, how batches stand."""

from collections import Counter
from collections.abc import Iterable
from itertools import product

from propcast.apps.resources import Resources
from propcast.backends.state import deadletters, drifts, outbox
from propcast.backends.state.rollouts import going_back
from propcast.core.sport import Sport
from propcast.delivery.drift.finding import Kind
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import Topic
from propcast.service.catalogue import SERVICES
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.service.topics import taken_by

DEAD_LETTERS_AT_MOST = 1_000


def waiting(resources: Resources, metrics: Metrics) -> None:
    """Measure what waits in the outbox, and on the subscriptions of a service."""
    backends, entry = resources.backends, resources.entry
    metrics.set(declared.OUTBOX_OLDEST, max(0.0, outbox.oldest_unsent_s(backends.state)), service=entry.name)
    for name in taken_by(entry, resources.places):
        backlog = backends.bus.backlog(name)
        if backlog.messages is not None:
            metrics.set(declared.BACKLOG, backlog.messages, subscription=name)
        if backlog.oldest_s is not None:
            metrics.set(declared.BACKLOG_OLDEST, backlog.oldest_s, subscription=name)


def given_up(resources: Resources, metrics: Metrics) -> None:
    """Measure how many dead letters of each topic nobody has replayed."""
    letters = deadletters.waiting(resources.backends.state, limit=DEAD_LETTERS_AT_MOST)
    found = Counter(letter.topic for letter in letters)
    for topic in sorted({topic.value for topic in Topic} | set(found)):
        metrics.set(declared.DEAD_LETTERS, found[topic], topic=topic)


def compared(resources: Resources, metrics: Metrics) -> None:
    """Measure what the last comparison of what runs with what is declared found, and tell when that was."""
    found = drifts.last_drift(resources.backends.state, resources.identity.environment)
    if found is None:
        return
    services = ("", *(entry.name for entry in SERVICES))  # without a name: what belongs to none
    for service, kind in product(services, Kind):  # also what has become none
        metrics.set(declared.DRIFT, found.found.get((service, kind), 0), service=service, kind=kind)
    metrics.set(declared.HEARTBEAT, found.at.timestamp(), watcher="drift")


def not_back(resources: Resources, metrics: Metrics) -> None:
    """Measure how many rollouts of each service are on their way back and have not arrived."""
    found = going_back(resources.backends.state)
    for entry in SERVICES:
        metrics.set(declared.ROLLBACKS, found[entry.name], service=entry.name)


def stood(batches: Iterable[Batch], metrics: Metrics) -> None:
    """Measure how many of these batches are in each state."""
    found = Counter((batch.sport, batch.state.value) for batch in batches)
    for sport in Sport:
        for state in BatchState:
            metrics.set(declared.BATCHES, found[sport, state.value], sport=sport.value, state=state.value)
