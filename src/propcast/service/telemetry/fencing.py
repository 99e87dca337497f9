"""Counts leases that were lost and writes that an older token was refused: both mean that somebody was too slow."""

from dataclasses import dataclass

from propcast.backends.state.leases import Fenced, LeaseLost
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics


@dataclass(frozen=True)
class Fences:
    """Looks at the errors of one service."""

    service: str
    metrics: Metrics

    def see(self, error: BaseException) -> None:
        """Count the error if it is one of these two."""
        if isinstance(error, LeaseLost):
            self.metrics.count(declared.LEASES_LOST, service=self.service)
        elif isinstance(error, Fenced):
            self.metrics.count(declared.FENCED_WRITES, service=self.service)
