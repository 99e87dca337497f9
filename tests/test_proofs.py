"""Every failure mode and leak rule that is due has a test that says it proves it."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent

DUE = {
    *(f"E{n}" for n in range(1, 10)),  # the leak suite
    "L22",  # feeds that change shape
    "L29",  # success reported with nothing there
    "L33",  # work per player, proved for every warehouse
    "L34", "L35", "L36",  # leaks of time, population and stale features
    "L37", "L38", "L39",  # lines
    "L40", "L41", "L42",  # features
    "L43",  # models
    "L45", "L46",  # grading
    "L47",  # time zones
}  # fmt: skip


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules_run() -> Iterator[ast.Module]:
    """Every test module, and the conformance modules whose tests one of them takes over with `import *`."""
    for path in TESTS.rglob("test_*.py"):
        module = parsed(path)
        yield module
        for node in module.body:
            if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name == "*":
                yield parsed(TESTS.parent.joinpath(*node.module.split(".")).with_suffix(".py"))


def claimed() -> set[str]:
    """Ids named by `@pytest.mark.proves(...)` in whatever is run."""
    nodes = (node for module in modules_run() for node in ast.walk(module))
    marks = (
        n for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "proves"
    )
    return {
        arg.value for mark in marks for arg in mark.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    }


def test_every_due_id_is_proved_by_a_test() -> None:
    assert sorted(DUE - claimed()) == []
