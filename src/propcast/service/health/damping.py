"""Keeps `/ready` from flapping: one bad look warns, proof of trouble fails, three good ones forgive."""

from collections import deque
from dataclasses import dataclass, field, replace

from propcast.service.health.body import Status
from propcast.service.health.checks import Output
from propcast.service.health.runner import Report, Result

REMEMBERED = 10
TOO_MANY = 5
FORGIVING = 3
RECOVERING = "what was seen is well, but it failed before and has not yet been well three times in a row"


@dataclass
class Track:
    """The latest evaluations of one check, and whether it counts as failing because of them."""

    failures: deque[bool] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    failing: bool = False
    good: int = 0

    def record(self, status: Status, *, critical: bool) -> Status:
        """Take in what was seen and return what is reported.

        Without history the first failure counts. After that one failure of a critical check warns; two in a row, or
        five of the last ten, fail until three good ones have followed. An optional check's failure is never softened,
        because it cannot fail the service.
        """
        failed, fresh = status is Status.FAIL, not self.failures
        twice = failed and not fresh and self.failures[-1]
        self.failures.append(failed)
        self.good = 0 if failed else self.good + 1
        if failed:
            self.failing = self.failing or fresh or twice or sum(self.failures) >= TOO_MANY
        elif self.good >= FORGIVING:
            self.failing = False
        if self.failing:
            return Status.FAIL
        return Status.WARN if failed and critical else status


class Damping:
    """One track for each check, for as long as the process lives."""

    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}

    def apply(self, report: Report) -> Report:
        """Return the report as `/ready` tells it."""
        return replace(report, results=tuple(self._damped(result) for result in report.results))

    def _damped(self, result: Result) -> Result:
        track = self._tracks.setdefault(result.check.key, Track())
        status = track.record(result.status, critical=result.check.critical)
        if status is result.status:
            return result
        if result.status is Status.FAIL:
            return replace(result, status=status)
        return replace(result, status=status, output=Output.STALE, sentence=RECOVERING)
