"""Every way to import is seen, and what is for type checkers alone is not."""

import ast

import pytest

from propcast.delivery.images.syntax import Import, imports_of

CASES = {
    "import a.b": [Import("a.b", "", 1)],
    "import a, b as c": [Import("a", "", 1), Import("b", "", 1)],
    "from a.b import c, d as e": [Import("a.b", "c", 1), Import("a.b", "d", 1)],
    "from . import x": [Import("propcast.room", "x", 1)],
    "from ..other.place import x": [Import("propcast.other.place", "x", 1)],
    "def f():\n import a": [Import("a", "", 2, lazy=True)],
    "class C:\n async def f(self):\n  with x:\n   for y in z:\n    from a import b": [Import("a", "b", 5, lazy=True)],
    "match x:\n case 1:\n  import a": [Import("a", "", 3)],
    "if x:\n import a\nelse:\n import b": [Import("a", "", 2), Import("b", "", 4)],
    "try:\n import a\nexcept ImportError:\n a = None": [Import("a", "", 2, optional=True)],
    "try:\n import a\nexcept (ValueError, ModuleNotFoundError):\n import b":
        [Import("a", "", 2, optional=True), Import("b", "", 4)],
    "try:\n import a\nexcept ImportError as e:\n raise Ours('a') from e": [Import("a", "", 2)],
    "try:\n import a\nexcept ValueError:\n pass\nfinally:\n import b": [Import("a", "", 2), Import("b", "", 6)],
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import a\nelse:\n import b":
        [Import("typing", "TYPE_CHECKING", 1), Import("b", "", 5)],
    "import typing\nif typing.TYPE_CHECKING:\n import a": [Import("typing", "", 1)],
    "x = import_module('a.b')": [Import("a.b", "", 1, lazy=True)],
    "x = importlib.import_module(name)": [],
    "x = __import__('a')": [Import("a", "", 1, lazy=True)],
    'APP = "propcast.apps.worker:app"': [Import("propcast.apps.worker", "", 1, lazy=True, registered=True)],
    'WORDS = "propcast is at propcast.example"': [],
}  # fmt: skip


@pytest.mark.proves("I3")
@pytest.mark.parametrize("source", CASES)
def test_an_import_is_seen_wherever_it_stands(source: str) -> None:
    assert imports_of(source, "propcast.room") == CASES[source]


@pytest.mark.proves("I3")
def test_a_thread_that_parses_at_the_same_moment_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    parse, meetings = ast.parse, iter([True, True])

    def met(source: str) -> ast.Module:
        if next(meetings, False):
            raise SystemError("AST constructor recursion depth mismatch")
        return parse(source)

    monkeypatch.setattr(ast, "parse", met)
    assert imports_of("import a", "propcast.room") == [Import("a", "", 1)]
