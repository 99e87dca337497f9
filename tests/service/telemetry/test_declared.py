"""Every declared metric is set by some code: a rule about a metric that nothing sets would never fire."""

import ast
from collections.abc import Iterator
from pathlib import Path

import propcast
from propcast.service.telemetry import declared
from propcast.service.telemetry.declared import ALL, Metric

SETTERS = {"count", "set", "change", "observe"}
SOURCE = Path(propcast.__file__).parent


def set_in(text: str) -> Iterator[str]:
    """The names of the declared metrics that a module's calls count, set, change or observe."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SETTERS:
            match node.args:
                case [ast.Attribute(value=ast.Name(id="declared"), attr=name), *_]:
                    yield name


def unset(metrics: tuple[Metric, ...], modules: list[str]) -> list[str]:
    """The metrics that none of the modules sets."""
    found = {getattr(declared, name).name for text in modules for name in set_in(text)}
    return [metric.name for metric in metrics if metric.name not in found]


def test_every_declared_metric_is_set_by_some_code() -> None:
    modules = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")]
    assert unset(ALL, modules) == []


def test_a_metric_that_is_only_read_or_forgotten_counts_as_unset() -> None:
    only_read = ["metrics.forget(declared.DRIFT)\nseries(declared.DRIFT)\nmetrics.count(declared.SHARDS)"]
    assert unset((declared.DRIFT, declared.SHARDS), only_read) == ["propcast_drift"]
