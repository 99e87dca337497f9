"""Looks at every prerequisite of every service; what cannot be looked at is inconclusive, which refuses too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from propcast.core.errors import PropCastError
from propcast.delivery.ground import Ground
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.prerequisites.checks import EVERYWHERE, IN_THE_CLOUD, Check


@dataclass(frozen=True)
class Finding:
    """What one look at one service said; `told` has a sentence for everything that is missing or unknown."""

    service: str
    check: str
    verdict: Verdict
    told: tuple[str, ...] = ()


def look(ground: Ground) -> list[Finding]:
    """Return what every check says of every service, in the manifest's order."""
    checks = checks_of(ground)
    return [_finding(ground, service, name, checks[name]) for service in ground.laid.services for name in checks]


def checks_of(ground: Ground) -> Mapping[str, Check]:
    """Return the checks that apply; one machine has no bindings, schedules and quotas."""
    return EVERYWHERE if ground.laid.environment.backend == "local" else {**EVERYWHERE, **IN_THE_CLOUD}


def missing(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the sentences of what did not pass, by service."""
    found = dict[str, list[str]]()
    for each in findings:
        if each.verdict is not Verdict.PASS:
            found.setdefault(each.service, []).extend(f"{each.check}: {told}" for told in each.told)
    return found


def _finding(ground: Ground, service: str, name: str, check: Check) -> Finding:
    try:
        told = tuple(_said(check(ground, service)))
    except PropCastError as error:
        return Finding(service, name, Verdict.INCONCLUSIVE, (f"cannot be looked at: {error}",))
    return Finding(service, name, Verdict.FAIL if told else Verdict.PASS, told)


def _said(sentences: Iterator[str]) -> Iterator[str]:
    yield from dict.fromkeys(sentences)
