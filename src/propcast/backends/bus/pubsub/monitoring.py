"""What waits on subscriptions, as Cloud Monitoring last measured it: every minute, shown up to three minutes late."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from propcast.backends.bus.pubsub.meter import Waiting
from propcast.backends.google.patience import Patience
from propcast.core.clock import SystemClock
from propcast.core.errors import PropCastError

if TYPE_CHECKING:
    from google.cloud.monitoring_v3 import MetricServiceClient

MESSAGES, OLDEST = "num_undelivered_messages", "oldest_unacked_message_age"
LOOKED_BACK = timedelta(minutes=10)
KEPT_S = 30.0
"""Measures are a minute old anyway: all subscriptions are read at once, and not more often than this."""

_PREFIX = "pubsub.googleapis.com/subscription/"


def _connected() -> "MetricServiceClient":
    from google.cloud.monitoring_v3 import MetricServiceClient

    return MetricServiceClient()


@dataclass
class MonitoringMeter:
    """Reads the two measures of all subscriptions of a project; the client is made when it is first asked."""

    project: str
    calls: Patience
    connect: Callable[[], "MetricServiceClient"] = _connected
    now: Callable[[], datetime] = SystemClock().now
    timer: Callable[[], float] = time.monotonic
    _client: "MetricServiceClient | None" = None
    _read_at: float = -math.inf
    _found: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    _trouble: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def waiting(self, subscription: str) -> Waiting:
        """Return what waited when it was last measured; unknown where that is long ago or cannot be read."""
        with self._lock:
            if self.timer() - self._read_at >= KEPT_S:
                self._read()
                self._read_at = self.timer()
        found = {name: measured.get(subscription) for name, measured in self._found.items()}
        if self._trouble or found.get(MESSAGES) is None:
            return Waiting(None, None, self._trouble or f"not measured in the last {LOOKED_BACK.seconds // 60} min")
        oldest = found.get(OLDEST)
        return Waiting(found[MESSAGES], None if oldest is None else float(oldest))

    def _read(self) -> None:
        try:
            self._found = {name: self._measured(name) for name in (MESSAGES, OLDEST)}
            self._trouble = ""
        except PropCastError as error:
            self._trouble = str(error)

    def _measured(self, name: str) -> dict[str, int]:
        from google.cloud.monitoring_v3 import ListTimeSeriesRequest, TimeInterval

        until = self.now()
        request = ListTimeSeriesRequest(
            name=f"projects/{self.project}",
            filter=f'metric.type = "{_PREFIX}{name}"',
            interval=TimeInterval(start_time=until - LOOKED_BACK, end_time=until),
        )

        def call(limit_s: float) -> dict[str, int]:
            self._client = self._client or self.connect()
            found = self._client.list_time_series(request, retry=None, timeout=limit_s)
            newest = {each.resource.labels["subscription_id"]: each.points[0] for each in found if each.points}
            return {name: point.value.int64_value for name, point in newest.items()}

        return self.calls.again("reading what waits on subscriptions from Cloud Monitoring", call)
