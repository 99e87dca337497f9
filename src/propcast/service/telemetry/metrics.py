"""The metrics of one process, in the Prometheus text format; labels stay inside closed sets."""

from threading import RLock
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from propcast.service.telemetry.declared import Metric

Made = TypeVar("Made", Counter, Gauge, Histogram)

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OTHER = "other"
MOST_VALUES = 64
"""How many values one label of one metric may take in one process; what comes later is counted as `other`."""

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_ATTEMPTS = (1, 2, 3, 4, 5, 6, 7, 8)


class Metrics:
    """Counts, sets and observes declared metrics; each process (or app in a test) has its own registry."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        self._series: dict[str, dict[tuple[tuple[str, str], ...], Counter | Gauge | Histogram]] = {}
        self._lock = RLock()
        self._seen: dict[tuple[str, str], set[str]] = {}

    def count(self, metric: Metric, by: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._one(metric, Counter, labels).inc(by)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._one(metric, Gauge, labels).set(value)

    def change(self, metric: Metric, by: float, **labels: str) -> None:
        """Move a gauge up or down."""
        self._one(metric, Gauge, labels).inc(by)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Take in one value of a histogram."""
        self._one(metric, Histogram, labels).observe(value)

    def forget(self, metric: Metric) -> None:
        """Drop every series of a metric: what it was about is no more."""
        with self._lock:
            self._series.pop(metric.name, None)
            made = self._made.get(metric.name)
            if made is not None:
                made.clear()

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)

    def _one(self, metric: Metric, kind: type[Made], labels: dict[str, str]) -> Made:
        """Return the series of these labels; those that were found before are found without checking them again."""
        told = tuple(labels.items())
        found = self._series.get(metric.name, {}).get(told)
        return found if isinstance(found, kind) else self._found(metric, kind, labels, told)

    def _found(
        self, metric: Metric, kind: type[Made], labels: dict[str, str], told: tuple[tuple[str, str], ...]
    ) -> Made:
        with self._lock:
            closed = self._closed(metric, labels)
            found = self._of(metric, kind).labels(*closed)
            if closed == [labels[name] for name in metric.labels]:  # of the others there is no end
                self._series.setdefault(metric.name, {})[told] = found
            return found

    def _of(self, metric: Metric, kind: type[Made]) -> Made:
        made = self._made.get(metric.name)
        if made is None:
            with self._lock:
                made = self._made.get(metric.name) or _make(metric, self._registry)
                self._made[metric.name] = made
        if not isinstance(made, kind):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a {kind.__name__.lower()}")
        return made

    def _closed(self, metric: Metric, labels: dict[str, str]) -> list[str]:
        if set(labels) != set(metric.labels):
            raise ValueError(f"{metric.name} has the labels {metric.labels}, not {tuple(labels)}")
        return [self._bounded(metric, name, labels[name]) for name in metric.labels]

    def _bounded(self, metric: Metric, label: str, value: str) -> str:
        seen = self._seen.setdefault((metric.name, label), set())
        if value not in seen and len(seen) >= MOST_VALUES:
            return OTHER
        seen.add(value)
        return value


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    if metric.kind == "histogram":
        buckets = _SECONDS if metric.name.endswith("_seconds") else _ATTEMPTS
        return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=buckets)
    kind = Counter if metric.kind == "counter" else Gauge
    return kind(metric.name, metric.help, metric.labels, registry=registry)
