"""Rules about services: whether they are there, ready, and what they were meant to be."""

from propcast.delivery.monitoring.calendar import SLATE_HOURS_MIN, SOON_MIN, unless, when
from propcast.delivery.monitoring.rule import Given, Rule, Severity, rule
from propcast.delivery.monitoring.series import series
from propcast.service.health.body import Status
from propcast.service.telemetry.declared import (
    BUILD_INFO,
    CHECK_STATUS,
    DRIFT,
    MINUTES_TO_START,
    ROLLBACKS,
)

_LEVELS = {Status.WARN: 1, Status.FAIL: 0}


def undeclared(given: Given, **labels: str) -> str:
    """Return failing checks without those that are declared to fail, each until it expires."""
    failing = f"min by (service, check) ({series(CHECK_STATUS, **labels)}) == 0"
    declared = [
        f"(min by (service, check) ({series(CHECK_STATUS, service=each.service, check=each.check)}) == 0"
        f" and on () (vector(time()) < {_ends(each.expires.toordinal())}))"
        for each in given.expected
        if _LEVELS.get(each.status) == 0
    ]
    return failing + "".join(f" unless on (service, check) {each}" for each in declared)


def stale(check: str) -> str:
    """Return whether the age of something is beyond what was agreed; the check knows the calendar."""
    return f"min by (service, check) ({series(CHECK_STATUS, check=check)}) < 2"


def silent(given: Given) -> str:
    """Return the services of which nothing is heard though an instance should run."""
    return " or ".join(f"absent({series(BUILD_INFO, service=name)})" for name in given.always_on)


def _critical(given: Given) -> str:
    return undeclared(given, critical="true")


def _mismatched(given: Given) -> str:
    return undeclared(given, check="models:golden_difference")


def _drifted(_: Given) -> str:
    builds = f"count by (service) (count by (service, release, config_hash) ({series(BUILD_INFO)})) > 1"
    return f"max by (service) ({series(DRIFT)}) > 0 or {builds}"


def _ends(ordinal: int) -> int:
    """Return the end of a day in Unix seconds; its last hours count."""
    return (ordinal - _EPOCH + 1) * 86_400


_EPOCH = 719_163  # 1 January 1970

_READY = {"holds": "2m", "owner": "operations", "summary": "{{ $labels.service }}: {{ $labels.check }} fails"}
_FEED = {
    "holds": "5m",
    "owner": "data",
    "summary": "{{ $labels.service }}: {{ $labels.check }} is beyond what was agreed",
}

RULES: tuple[Rule, ...] = (
    rule("NotReady", Severity.PAGE, lambda given: when(_critical(given), SLATE_HOURS_MIN),
         CHECK_STATUS, MINUTES_TO_START, **_READY),
    rule("NotReady", Severity.TICKET, lambda given: unless(_critical(given), SLATE_HOURS_MIN),
         CHECK_STATUS, MINUTES_TO_START, **_READY),
    rule("ServiceSilent", Severity.PAGE, silent, BUILD_INFO,
         holds="5m", owner="operations", summary="nothing is heard of {{ $labels.service }}"),
    rule("FeedStale", Severity.PAGE, lambda _: when(stale("sources:age"), SOON_MIN),
         CHECK_STATUS, MINUTES_TO_START, **_FEED),
    rule("FeedStale", Severity.TICKET, lambda _: unless(stale("sources:age"), SOON_MIN),
         CHECK_STATUS, MINUTES_TO_START, **_FEED),
    rule("LinesStale", Severity.PAGE, lambda _: when(stale("lines:age"), SOON_MIN),
         CHECK_STATUS, MINUTES_TO_START, **_FEED),
    rule("LinesStale", Severity.TICKET, lambda _: unless(stale("lines:age"), SOON_MIN),
         CHECK_STATUS, MINUTES_TO_START, **_FEED),
    rule("ModelMismatch", Severity.PAGE, _mismatched, CHECK_STATUS,
         holds="2m", owner="forecasting", summary="a model of {{ $labels.service }} lost its golden predictions"),
    rule("RollbackUnproven", Severity.PAGE, lambda _: f"max by (service) ({series(ROLLBACKS)}) > 0", ROLLBACKS,
         holds="1m", owner="operations", summary="the traffic of {{ $labels.service }} is not proven to be back"),
    rule("WrongThingRunning", Severity.TICKET, _drifted, DRIFT, BUILD_INFO,
         holds="1h", owner="operations", summary="{{ $labels.service }} is not what is declared"),
)  # fmt: skip
