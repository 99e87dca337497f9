"""What the checks saw is measured for as long as there are such checks, and no longer."""

from datetime import UTC, datetime

from propcast.core.clock import FixedClock
from propcast.service.health.body import Status
from propcast.service.health.checks import Check
from propcast.service.health.runner import Report, Result
from propcast.service.health.watch import Watch
from propcast.service.identity import identify
from propcast.service.telemetry.logs import make_log
from propcast.service.telemetry.metrics import Metrics

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOG = make_log(identify("prediction-worker", {}, {}), FixedClock(NOW), "ERROR")


def report(key: str, status: Status) -> Report:
    check = Check(key=key, observe=lambda: 0, unit="things")
    return Report((Result(check, status, 0, NOW, 1.0),), NOW, 1.0)


def test_a_run_that_ends_after_its_checks_are_gone_is_not_measured() -> None:
    metrics = Metrics()
    before = Watch("prediction-worker", metrics, LOG)
    before.see(report("process:unopened", Status.FAIL))
    assert b'check="process:unopened"' in metrics.text()
    after = before.renewed()
    before.see(report("process:unopened", Status.FAIL))
    after.see(report("state:latency", Status.PASS))
    assert b'check="process:unopened"' not in metrics.text()
    assert b'check="state:latency"' in metrics.text()
