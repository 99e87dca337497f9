"""Every failure mode and leak rule that is due has a test that says it proves it."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent

DUE = {
    *(f"E{n}" for n in range(1, 10)),  # the leak suite
    "L22",  # feeds that change shape
    "L29",  # success reported with nothing there
    "L34", "L35", "L36",  # leaks of time, population and stale features
    "L37", "L38", "L39",  # lines
    "L40", "L41", "L42",  # features
    "L43",  # models
    "L45", "L46",  # grading
    "L47",  # time zones
}  # fmt: skip


def claimed() -> set[str]:
    """Ids named by `@pytest.mark.proves(...)` anywhere under tests/."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "proves":
                found |= {
                    arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
    return found


def test_every_due_id_is_proved_by_a_test() -> None:
    assert sorted(DUE - claimed()) == []
