"""Every failure mode and leak rule that is due has a test that says it proves it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.cli.conftest import propcast

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PAGE = ROOT / "docs" / "proofs.md"

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


def named(pattern: str) -> set[str]:
    """What the page of proofs names, of one kind."""
    return set(re.findall(pattern, PAGE.read_text(encoding="utf-8")))


def test_what_the_page_of_proofs_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = set(re.findall(r"│ ([a-z-]+) ", propcast("--help").stdout))
    assert named(r"`make ([a-z-]+)`") - targets == set()
    assert named(r"`propcast ([a-z-]+)`") - commands == set()
    assert [name for name in sorted(named(r"`(tests/[^`]+)`")) if not (ROOT / name).exists()] == []


def test_every_row_of_the_page_names_something_to_run_and_what_it_said() -> None:
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if "`" in line]
    rows = [row for row in rows if len(row) > 1]
    assert len(rows) > 30
    assert [row[0] for row in rows if len(row) != 3 or "`" not in row[1] or not row[2]] == []
