"""What an alert rule is, and what its expression may depend on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from propcast.delivery.monitoring.series import Scale
from propcast.service import catalogue
from propcast.service.expectations import Expectation
from propcast.service.telemetry.declared import Metric


class Severity(StrEnum):
    """Who hears of it: somebody now, somebody this week, or the one who waits for the silence."""

    PAGE = "page"
    TICKET = "ticket"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True)
class Given:
    """What differs from one environment to the next.

    Attributes:
        expected: declared failures; until they expire they are no alert.
        always_on: services of which an instance runs at any time: only their silence means something.
    """

    scale: Scale = field(default_factory=Scale)
    expected: tuple[Expectation, ...] = ()
    always_on: tuple[str, ...] = tuple(sorted(entry.name for entry in catalogue.SERVICES))

    def span(self, text: str) -> str:
        """Return a duration as it is here."""
        return self.scale.span(text)


@dataclass(frozen=True)
class Rule:
    """One rule; an alert may have several, which differ in severity or window.

    Attributes:
        alert: its name; also that of its runbook and of its planted fault.
        variant: what tells it from the alert's other rules.
        holds: how long the expression must be true before it fires.
        metrics: all that the expression is about.
        expression: returns the PromQL; empty where nothing of the kind can happen.
        proof: where its fault is planted in a test, as `file::name`.
    """

    alert: str
    severity: Severity
    holds: str
    summary: str
    owner: str
    runbook: str
    proof: str
    metrics: tuple[Metric, ...]
    expression: Callable[[Given], str]
    variant: str = ""

    @property
    def name(self) -> str:
        """What tells the rule from all others."""
        return "-".join(part for part in (self.alert, self.severity, self.variant) if part)


RUNBOOKS = "docs/runbooks"
FAULTS = "tests/delivery/monitoring/faults.py"


def runbook_of(alert: str) -> str:
    """Return the page of an alert: `DeadLetters` has `docs/runbooks/dead-letters.md`."""
    dashed = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in alert)
    return f"{RUNBOOKS}/{dashed.lstrip('-')}.md"


def rule(
    alert: str,
    severity: Severity,
    expression: Callable[[Given], str],
    *metrics: Metric,
    holds: str,
    owner: str,
    summary: str,
    variant: str = "",
) -> Rule:
    """Return a rule whose runbook and planted fault are where those of every alert are."""
    return Rule(
        alert, severity, holds, summary, owner, runbook_of(alert), f"{FAULTS}::{alert}", metrics, expression, variant
    )
