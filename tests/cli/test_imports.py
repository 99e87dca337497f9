"""Nothing heavy is loaded before a command needs it."""

import subprocess
import sys

import pytest

HEAVY = ("lightgbm", "scipy", "deltalake", "matplotlib", "polars", "numpy", "pydantic")


def loaded(statement: str) -> set[str]:
    """Heavy modules that a fresh interpreter holds after a statement."""
    program = f"import sys\n{statement}\nprint(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_the_commands_alone_load_nothing_heavy() -> None:
    assert loaded("import propcast.cli.main") == set()


@pytest.mark.parametrize("module", ["queries", "status", "explaining"])
def test_reading_loads_no_model_library(module: str) -> None:
    assert loaded(f"import propcast.pipeline.{module}") & {"lightgbm", "scipy", "matplotlib"} == set()


def test_the_others_load_no_plots_and_no_trees_before_a_model_asks() -> None:
    everything = ", ".join(f"propcast.pipeline.{name}" for name in ("day", "training", "grading"))
    assert loaded(f"import {everything}") & {"lightgbm", "matplotlib"} == set()


@pytest.mark.proves("I11")
def test_the_console_loads_no_model_library() -> None:
    assert loaded("import propcast.apps.admin_dashboard") & {"lightgbm", "scipy", "matplotlib"} == set()
