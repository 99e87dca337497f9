"""Refuses rules that nobody could act on, or that are about metrics which do not exist."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from propcast.delivery.monitoring.rule import Given, Rule, Severity
from propcast.service.telemetry.declared import ALL, Metric

_NAME = re.compile(r"\bpropcast_[a-z0-9_]+")
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_OF_HISTOGRAM = ("_bucket", "_count", "_sum")


def objections(rules: Sequence[Rule], checkout: Path, owners: Collection[str]) -> list[str]:
    """Return what is wrong with the rules, a sentence each; owners are those that the manifest knows."""
    names = [rule.name for rule in rules]
    twice = [f"{name} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    found = [f"{rule.name}: {told}" for rule in rules for told in _of_rule(rule, checkout, owners)]
    pages = dict.fromkeys(rule.runbook for rule in rules if rule.runbook)
    return twice + found + [told for page in pages for told in broken_links(checkout / page)]


def broken_links(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere in the checkout; a page that is missing has none."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    wanted = [link for link in _LINK.findall(text) if "://" not in link]
    return [f"{page.name} links to {link}, which is not there" for link in wanted if not (page.parent / link).exists()]


def used(expression: str) -> set[str]:
    """Return the names of our metrics in an expression, without the parts of histograms."""
    known = {metric.name: metric for metric in ALL}
    return {_whole(name, known) for name in _NAME.findall(expression)}


def _whole(name: str, known: Mapping[str, Metric]) -> str:
    for ending in _OF_HISTOGRAM:
        bare = name.removesuffix(ending)
        if bare != name and bare in known and known[bare].kind == "histogram":
            return bare
    return name


def _of_rule(rule: Rule, checkout: Path, owners: Collection[str]) -> Iterator[str]:
    if rule.owner not in owners:
        yield f"its owner {rule.owner!r} is none of {', '.join(sorted(owners))}"
    if rule.severity not in list(Severity):
        yield f"{rule.severity!r} is no severity"
    if not rule.runbook or not (checkout / rule.runbook).is_file():
        yield f"its runbook {rule.runbook!r} is not there"
    if not _is_planted(rule.proof, checkout):
        yield f"no test plants its fault at {rule.proof!r}"
    yield from _of_metrics(rule)


def _is_planted(proof: str, checkout: Path) -> bool:
    file, _, name = proof.partition("::")
    where = checkout / file
    return bool(name) and where.is_file() and f'"{name}"' in where.read_text(encoding="utf-8")


def _of_metrics(rule: Rule) -> Iterator[str]:
    declared, found = {metric.name for metric in ALL}, used(rule.expression(Given()))
    for name in sorted(found - declared):
        yield f"{name} is no declared metric"
    for name in sorted(found ^ {metric.name for metric in rule.metrics}):
        yield f"{name} is {'not named among its metrics' if name in found else 'named and not used'}"
