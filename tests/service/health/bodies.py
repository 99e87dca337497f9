"""Bodies in any state, made by the code that makes them when a service answers."""

from collections.abc import Mapping

from propcast.service.checklist import CHECKLIST
from propcast.service.health.board import nothing_declared
from propcast.service.health.body import HealthBody, Status
from propcast.service.health.checks import Check, Output
from propcast.service.health.runner import Report, Result
from propcast.service.health.telling import Audience, told
from propcast.service.identity import identify
from tests.service.toys import NOW


def body_of(checks: Mapping[str, str], service: str = "prediction-worker") -> HealthBody:
    """The body of a service whose checks (`a__b` for `a:b`) stand like this; `fail?` is an optional one."""
    results = tuple(_result(name.replace("__", ":"), state) for name, state in checks.items())
    identity = identify(service, {}, {})
    report = Report(results, NOW, 1.0, {})
    return told(identity, (), report, Audience.TRUSTED, cached=False, expected=nothing_declared)


def _result(key: str, state: str) -> Result:
    status = Status(state.rstrip("?"))
    unit = CHECKLIST[key].unit if key in CHECKLIST else ""
    check = Check(key, lambda: 0, unit, critical=not state.endswith("?"))
    output = None if status is Status.PASS else Output.ERROR
    return Result(check, status, 2, NOW, 1.0, output, "two.")
