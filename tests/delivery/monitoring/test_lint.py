"""Rules that nobody could act on are refused, and so are those about metrics that do not exist."""

import re
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from propcast.core.errors import InputError
from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.monitoring import cardinality
from propcast.delivery.monitoring.boards import boards
from propcast.delivery.monitoring.lint import broken_links, objections, used
from propcast.delivery.monitoring.rule import Given, Rule, Severity
from propcast.delivery.monitoring.series import Scale, series
from propcast.delivery.monitoring.table import RULES
from propcast.service.telemetry import declared
from propcast.service.telemetry.declared import ALL
from tests.cli.conftest import propcast

ROOT = Path(__file__).parents[3]
OWNERS = {service.owner for service in lay(read(ROOT / "deploy" / "propcast.toml"), "production").services.values()}
LETTERS = next(rule for rule in RULES if rule.alert == "DeadLetters")
STORM = next(rule for rule in RULES if rule.alert == "RetryStorm")


def told(rule: Rule) -> list[str]:
    return objections([rule], ROOT, OWNERS)


def test_the_rules_are_complete() -> None:
    assert objections(RULES, ROOT, OWNERS) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(LETTERS, owner="nobody"), "its owner 'nobody'"),
        (replace(LETTERS, runbook=""), "its runbook ''"),
        (replace(LETTERS, runbook="docs/runbooks/none.md"), "its runbook"),
        (replace(LETTERS, severity=cast("Severity", "loud")), "'loud' is no severity"),
        (replace(LETTERS, proof=""), "no test plants its fault"),
        (replace(LETTERS, proof="tests/delivery/monitoring/faults.py::Nothing"), "no test plants its fault"),
        (replace(LETTERS, metrics=()), "propcast_deadletter_messages is not named among its metrics"),
        (replace(LETTERS, metrics=(*LETTERS.metrics, declared.DRIFT)), "propcast_drift is named and not used"),
        (replace(LETTERS, expression=lambda _: "propcast_gone > 0"), "propcast_gone is no declared metric"),
    ],
)
def test_what_a_rule_lacks_is_told(wrong: Rule, sentence: str) -> None:
    assert any(sentence in objection for objection in told(wrong))


def test_two_rules_of_one_name_are_refused() -> None:
    assert objections([STORM, STORM], ROOT, OWNERS) == ["RetryStorm-page is there twice"]


def test_a_selector_has_only_labels_that_the_metric_has() -> None:
    assert series(declared.DEAD_LETTERS, topic="!=x") == 'propcast_deadletter_messages{topic!="x"}'
    with pytest.raises(InputError, match="has the labels topic, not service"):
        series(declared.DEAD_LETTERS, service="x")
    with pytest.raises(InputError, match="is a histogram"):
        series(declared.HTTP_SECONDS)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[one](page.md) [two](gone.md) [three](https://example.org/x)", encoding="utf-8")
    assert broken_links(page) == ["page.md links to gone.md, which is not there"]


def test_every_page_of_the_runbooks_is_reached_and_its_links_and_commands_lead_somewhere() -> None:
    pages = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
    assert [told for page in pages for told in broken_links(page)] == []
    told_of = {Path(rule.runbook).name for rule in RULES}
    services = {f"{name}.md" for name in lay(read(ROOT / "deploy" / "propcast.toml"), "local").services}
    assert {page.name for page in pages} == told_of | services


def test_every_command_of_the_runbooks_is_one() -> None:
    pages = (ROOT / "docs" / "runbooks").glob("*.md")
    named = {word for page in pages for word in re.findall(r"`propcast ([a-z-]+)", page.read_text(encoding="utf-8"))}
    known = set(re.findall(r"│ ([a-z-]+) ", propcast("--help").stdout))
    assert named - known == set()


def test_dashboards_are_about_declared_metrics_alone() -> None:
    names = {name for board in boards() for panel in board.panels for name in used(panel.expression)}
    assert names <= {metric.name for metric in ALL}
    assert len(boards()) == 6 + 2


def test_there_are_never_more_series_than_are_allowed() -> None:
    assert cardinality.unbounded() == []
    assert cardinality.series_at_most() <= cardinality.AT_MOST


def test_durations_are_divided_but_for_zero() -> None:
    assert [Scale().span(text) for text in ("90s", "5m", "26h", "0s")] == ["90s", "5m", "26h", "0s"]
    assert [Scale(100).span(text) for text in ("5m", "10s", "26h", "0s")] == ["3s", "1s", "936s", "0s"]
    assert 'absent(propcast_build_info{service="x"})' in RULES[2].expression(Given(always_on=("x",)))
