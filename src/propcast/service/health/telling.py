"""Turns a report into the body: everything for callers with a credential, the reduced form for anyone else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from propcast.service.health.body import LONGEST_OUTPUT, Declared, Entry, HealthBody, ModelInUse, Status, count
from propcast.service.health.checks import Value
from propcast.service.health.runner import Report, Result
from propcast.service.identity import Identity

Expected = Callable[[str, Status], Declared | None]
"""Asks whether a check's status was declared: key and status in, the declaration out."""

NOT_APPLICABLE = "does not apply here"
DECLARED = "declared"


class Audience(Enum):
    """Who reads the body."""

    ANYONE = "anyone"
    TRUSTED = "trusted"


def roll_up(results: Iterable[tuple[Status, bool]]) -> Status:
    """Return the status of a service from (status, critical) of its checks; no checks at all is a failure."""
    seen = list(results)
    if not seen or (Status.FAIL, True) in seen:
        return Status.FAIL
    return Status.PASS if all(status is Status.PASS for status, _ in seen) else Status.WARN


def alive(identity: Identity, models: Sequence[ModelInUse], at: datetime) -> HealthBody:
    """Return the body of `/health`: the same object with nothing checked."""
    return _body(identity, models, Status.PASS, at=at, checks={}, skipped={}, total_ms=0.0)


def told(
    identity: Identity,
    models: Sequence[ModelInUse],
    report: Report,
    audience: Audience,
    *,
    cached: bool,
    expected: Expected,
) -> HealthBody:
    """Return the body of a report."""
    entry = _full if audience is Audience.TRUSTED else _reduced
    body = _body(
        identity,
        models,
        roll_up((result.status, result.check.critical) for result in report.results),
        at=report.at,
        checks={result.check.key: [entry(result, expected)] for result in report.results},
        skipped=dict(report.skipped) if audience is Audience.TRUSTED else dict.fromkeys(report.skipped, NOT_APPLICABLE),
        total_ms=report.duration_ms,
    )
    return body.model_copy(update={"cached": cached})


def _full(result: Result, expected: Expected) -> Entry:
    check = result.check
    output = f"{result.output}: {result.sentence}"[:LONGEST_OUTPUT] if result.output else ""
    return _entry(result, result.value, output, expected(check.key, result.status)).model_copy(
        update={
            "component_id": result.component_id or None,
            "affected_endpoints": list(check.endpoints) or None,
        }
    )


def _reduced(result: Result, expected: Expected) -> Entry:
    declared = expected(result.check.key, result.status)
    number = None if isinstance(result.value, bool | str) else result.value
    word = str(result.output) if result.output else ""
    return _entry(result, number, word, Declared(reason=DECLARED, expires=declared.expires) if declared else None)


def _entry(result: Result, value: Value, output: str, declared: Declared | None) -> Entry:
    check = result.check
    return Entry(
        componentType=check.kind,
        observedValue=value,
        observedUnit=check.unit,
        status=result.status,
        critical=check.critical,
        duration_ms=result.duration_ms,
        time=result.at,
        output=output or None,
        expected=declared,
    )


def _body(
    identity: Identity,
    models: Sequence[ModelInUse],
    status: Status,
    *,
    at: datetime,
    checks: Mapping[str, list[Entry]],
    skipped: Mapping[str, str],
    total_ms: float,
) -> HealthBody:
    passed, warned, failed = count(entry.status for found in checks.values() for entry in found)
    return HealthBody(
        status=status,
        version="1",
        releaseId=identity.release,
        serviceId=identity.service,  # type: ignore[arg-type]  # one of the six: the catalogue says so
        revision=identity.revision,
        image_digest=identity.image_digest,
        environment=identity.environment,
        config_hash=identity.config_hash,
        models=list(models),
        time=at,
        checks=dict(checks),
        skipped=dict(skipped),
        checks_passed=passed,
        checks_warned=warned,
        checks_failed=failed,
        checks_skipped=len(skipped),
        total_duration_ms=total_ms,
    )
