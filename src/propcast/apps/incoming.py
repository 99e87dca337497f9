"""The metrics of what came in: how old it is, and what of it is held back."""

from propcast.apps.checks.ages import feed_ages
from propcast.apps.resources import Resources
from propcast.core.sport import Sport
from propcast.pipeline.quarantine import held_back
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics


def came_in(resources: Resources, metrics: Metrics) -> None:
    """Measure how old each feed is, and what is held back of what came."""
    backends = resources.backends
    for feed, seconds in feed_ages(backends, list(Sport)).items():
        metrics.set(declared.FEED_AGE, seconds, feed=feed)
    metrics.forget(declared.QUARANTINED)
    for table, rule, rows in held_back(backends).iter_rows():
        metrics.set(declared.QUARANTINED, rows, table=table, rule=rule)
