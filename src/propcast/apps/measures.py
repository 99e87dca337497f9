"""The metrics that are read from stores when somebody asks for the metrics: what waits, how batches stand."""

from collections import Counter
from collections.abc import Iterable

from propcast.apps.resources import Resources
from propcast.backends.state import deadletters, outbox
from propcast.core.sport import Sport
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import Topic
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
        for metric, value in ((declared.BACKLOG, backlog.messages), (declared.BACKLOG_OLDEST, backlog.oldest_s)):
            if value is not None:
                metrics.set(metric, value, subscription=name)


def given_up(resources: Resources, metrics: Metrics) -> None:
    """Measure how many dead letters of each topic nobody has replayed."""
    letters = deadletters.waiting(resources.backends.state, limit=DEAD_LETTERS_AT_MOST)
    found = Counter(letter.topic for letter in letters)
    for topic in sorted({topic.value for topic in Topic} | set(found)):
        metrics.set(declared.DEAD_LETTERS, found[topic], topic=topic)


def stood(batches: Iterable[Batch], metrics: Metrics) -> None:
    """Measure how many of these batches are in each state."""
    found = Counter((batch.sport, batch.state.value) for batch in batches)
    for sport in Sport:
        for state in BatchState:
            metrics.set(declared.BATCHES, found[sport, state.value], sport=sport.value, state=state.value)
