"""What the answers of a service mean beside its declared expectations: the judgement of smoke, matrix and rollout."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from propcast.service.asking import Answer
from propcast.service.expectations import Expectation, Expectations
from propcast.service.health.body import Entry, HealthBody, Status
from propcast.service.health.checks import Output


class Overall(StrEnum):
    """The verdict on a service."""

    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    EXPECTED = "expected"
    FAIL = "fail"
    UNREACHABLE = "unreachable"

    @property
    def undeclared(self) -> bool:
        """Whether this stops a rollout and fails smoke."""
        return self in (Overall.FAIL, Overall.UNREACHABLE)


@dataclass(frozen=True)
class Verdict:
    """The verdict on one service, with what led to it, worst first.

    Attributes:
        until: the last day of the declaration that excuses it.
    """

    overall: Overall
    notes: tuple[str, ...] = ()
    until: str = ""


def judge(service: str, answers: Sequence[Answer], expectations: Expectations) -> Verdict:
    """Return the verdict; silence, a body that cannot be read, or another service's body can never be declared."""
    silent = [answer for answer in answers if answer.code is None]
    if silent:
        return Verdict(Overall.UNREACHABLE, tuple(f"{a.question.path}: {a.trouble}" for a in silent))
    odd = [answer for answer in answers if answer.trouble]
    if odd:
        return Verdict(Overall.FAIL, tuple(f"{a.question.path}: {a.trouble}" for a in odd))
    bodies = [answer.body for answer in answers if answer.body is not None]
    return _of_bodies(service, bodies, expectations)


def _of_bodies(service: str, bodies: Sequence[HealthBody], expectations: Expectations) -> Verdict:
    entries = [(key, entry) for body in bodies for key, found in body.checks.items() for entry in found]
    failing = [(key, entry) for key, entry in entries if entry.status is Status.FAIL]
    met = {key: e for key, entry in failing if (e := expectations.meets(service, key, entry.status))}
    undeclared = [(key, entry) for key, entry in failing if key not in met]
    stale = tuple(f"remove the expectation of {e.check}" for e in _unmet(service, entries, expectations))
    if any(entry.critical for _, entry in undeclared) or _fails_without_entry(bodies):
        return Verdict(Overall.FAIL, _unique(undeclared) or ("no check at all",))
    if any(body.status is Status.FAIL for body in bodies):
        until = max(str(e.expires) for e in met.values())
        return Verdict(Overall.EXPECTED, _unique(failing), until)
    warning = [(key, entry) for key, entry in entries if entry.status is not Status.PASS]
    notes = (*_unique(warning), *stale)
    return Verdict(Overall.WARN if notes else Overall.PASS, notes)


def _unmet(service: str, entries: Sequence[tuple[str, Entry]], expectations: Expectations) -> list[Expectation]:
    """Return the declarations whose check was seen and is in order."""
    seen = {key: entry.status for key, entry in entries}
    return [e for e in expectations.of(service) if seen.get(e.check) is Status.PASS]


def _fails_without_entry(bodies: Sequence[HealthBody]) -> bool:
    return any(body.status is Status.FAIL and body.checks_failed == 0 for body in bodies)


def _unique(entries: Sequence[tuple[str, Entry]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{key} = {_shown(entry)}" for key, entry in entries))


def _shown(entry: Entry) -> str:
    word = (entry.output or "?").partition(":")[0]
    if entry.observed_value is None:
        return word
    value = f"{entry.observed_value} {entry.observed_unit}".strip()
    return f"{value} ({word})" if word == Output.STALE else value  # well in itself: what counts is how old it is
