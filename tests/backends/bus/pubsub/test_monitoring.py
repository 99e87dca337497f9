"""What waits is what Cloud Monitoring last measured; what it does not say is unknown, never 0."""

import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from google.api_core.exceptions import PermissionDenied, ServiceUnavailable
from google.cloud.monitoring_v3 import ListTimeSeriesRequest, TimeSeries

from propcast.backends.bus.pubsub.meter import Waiting
from propcast.backends.bus.pubsub.monitoring import KEPT_S, MESSAGES, OLDEST, MonitoringMeter
from propcast.backends.bus.pubsub.opening import PATIENCE
from tests.service.toys import NOW, HandTimer


@dataclass
class Monitoring:
    """Answers with the measures of the test; newest first, as the service does."""

    measured: dict[str, dict[str, list[int]]]
    error: Exception | None = None
    asked: list[ListTimeSeriesRequest] = field(default_factory=list)

    def list_time_series(self, request: ListTimeSeriesRequest, **_: Any) -> list[TimeSeries]:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        name = request.filter.rpartition("/")[2].rstrip('"')
        return [
            TimeSeries(
                resource={"type": "pubsub_subscription", "labels": {"subscription_id": each}},
                points=[{"value": {"int64_value": value}} for value in values],
            )
            for each, values in self.measured[name].items()
        ]


def metered(monitoring: Monitoring) -> tuple[MonitoringMeter, HandTimer]:
    slept, timer = list[float](), HandTimer()
    calls = replace(PATIENCE, rng=random.Random(3), monotonic=lambda: sum(slept), sleep=slept.append)  # noqa: S311
    return MonitoringMeter("toys", calls, lambda: monitoring, lambda: NOW, timer), timer  # type: ignore[arg-type, return-value]


def test_the_newest_measure_counts_and_all_subscriptions_are_read_at_once() -> None:
    monitoring = Monitoring({MESSAGES: {"a": [3, 9], "b": [0]}, OLDEST: {"a": [40], "b": [0]}})
    meter, timer = metered(monitoring)
    assert (meter.waiting("a"), meter.waiting("b")) == (Waiting(3, 40.0), Waiting(0, 0.0))
    assert len(monitoring.asked) == 2
    assert monitoring.asked[0].name == "projects/toys"
    monitoring.measured[MESSAGES]["a"] = [1]
    timer.advance(KEPT_S)
    assert meter.waiting("a").messages == 1


def test_what_was_not_measured_is_unknown() -> None:
    meter, _ = metered(Monitoring({MESSAGES: {"a": []}, OLDEST: {}}))
    for name in ("a", "never"):
        found = meter.waiting(name)
        assert (found.messages, found.oldest_s) == (None, None)
        assert found.unknown == "not measured in the last 10 min"


@pytest.mark.parametrize("error", [ServiceUnavailable("busy"), PermissionDenied("no")])  # type: ignore[no-untyped-call]
def test_what_cannot_be_read_is_unknown_and_says_why_until_it_can(error: Exception) -> None:
    monitoring = Monitoring({MESSAGES: {"a": [3]}, OLDEST: {"a": [1]}}, error)
    meter, timer = metered(monitoring)
    found = meter.waiting("a")
    assert found.messages is None
    assert type(error).__name__ in found.unknown
    monitoring.error = None
    timer.advance(KEPT_S)
    assert meter.waiting("a") == Waiting(3, 1.0)
