"""The command line on homes of the hand-written leagues."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from propcast.backends.compose import Backends
from propcast.cli.main import app
from propcast.cli.render import WIDE, out
from tests.pipeline.conftest import (
    empty_home,
    few_trees,
    graded_home,
    graded_template,
    league_home,
    played_home,
    played_template,
    raw_template,
    trained_home,
    trained_template,
)

__all__ = [
    "empty_home",
    "few_trees",
    "graded_home",
    "graded_template",
    "league_home",
    "played_home",
    "played_template",
    "raw_template",
    "trained_home",
    "trained_template",
]

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither variables nor the width of the terminal outside reach the commands."""
    monkeypatch.setattr(out, "width", WIDE)
    monkeypatch.delenv("PROPCAST_HOME", raising=False)
    monkeypatch.delenv("PROPCAST_HISTORY", raising=False)


def propcast(*words: object) -> Result:
    """Run a command that needs no home."""
    return CliRunner().invoke(app, [str(word) for word in words], prog_name="propcast")


def run_in(backends: Backends) -> Run:
    """Return a runner of commands on a home."""
    return lambda *words: propcast("--home", backends.settings.home, *words)
