"""Tells metrics and the log what the checks saw: every value as a metric, every change as one event."""

from propcast.service.health.body import Status
from propcast.service.health.runner import Report, Result
from propcast.service.telemetry import declared
from propcast.service.telemetry.logs import Log
from propcast.service.telemetry.metrics import Metrics

_OF_CHECKS = (declared.CHECK_STATUS, declared.CHECK_SECONDS, declared.CHECK_VALUE)
_LEVELS = {Status.PASS: 2, Status.WARN: 1, Status.FAIL: 0}


class Watch:
    """Remembers how each check stood, so that the log holds changes and not every look."""

    def __init__(self, service: str, metrics: Metrics, log: Log) -> None:
        self._service, self._metrics, self._log = service, metrics, log
        self._stood: dict[str, Status] = {}
        self._is_over = False

    def renewed(self) -> "Watch":
        """Return a watch over other checks that remembers how they stood; this one, and its metrics, are over.

        A run of the checks before may still end: it is not to tell of what nobody looks at any more.
        """
        self._is_over = True
        for metric in _OF_CHECKS:
            self._metrics.forget(metric)
        fresh = Watch(self._service, self._metrics, self._log)
        fresh._stood = self._stood
        return fresh

    def see(self, report: Report) -> None:
        """Take in one run."""
        if self._is_over:
            return
        for result in report.results:
            self._measure(result)
            if self._stood.get(result.check.key, Status.PASS) is not result.status:
                self._tell(result)
            self._stood[result.check.key] = result.status

    def _measure(self, result: Result) -> None:
        labels = {"service": self._service, "check": result.check.key}
        critical = "true" if result.check.critical else "false"
        self._metrics.set(declared.CHECK_STATUS, _LEVELS[result.status], critical=critical, **labels)
        self._metrics.set(declared.CHECK_SECONDS, result.duration_ms / 1000, **labels)
        if isinstance(result.value, int | float):
            self._metrics.set(declared.CHECK_VALUE, float(result.value), **labels)

    def _tell(self, result: Result) -> None:
        say = self._log.info if result.status is Status.PASS else self._log.warning
        word = result.output or ""
        say(
            "check_changed",
            outcome=str(result.status),
            reason=f"{result.check.key} {word}".strip(),
            error=result.error,
            duration_ms=result.duration_ms,
        )
