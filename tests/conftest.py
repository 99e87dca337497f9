"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.adapters import OUTCOMES, adapters_table
from tests.counted import counted_table


@pytest.fixture(scope="session")
def history() -> Path:
    """The folder of real history; tests that need it skip where it is absent."""
    default = Path(__file__).parents[1] / ".." / "shared" / "data"
    folder = Path(os.environ.get("PROPCAST_HISTORY", default)).resolve()
    if not (folder / "nba_player_box.parquet").exists():
        pytest.skip(f"no history at {folder}; set PROPCAST_HISTORY to the folder of Parquet files to run this test")
    return folder


# A time limit per example would make a busy machine look like a bug.
settings.register_profile("propcast", deadline=None)
settings.load_profile("propcast")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded under `told`, one table of all they `counted`, and one of ports and their adapters."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)]
    recorded = [(name, value) for each in reports if each.when == "call" for name, value in each.user_properties]
    for line in (value for name, value in recorded if name == "told"):
        terminalreporter.write_line(f"  {line}")
    for line in counted_table([value for name, value in recorded if name == "counted"]):
        terminalreporter.write_line(f"  {line}")
    ended = [(kind, each) for kind in OUTCOMES for each in terminalreporter.getreports(kind) if _counts(kind, each)]
    for line in adapters_table(ended):
        terminalreporter.write_line(f"  {line}")


def _counts(outcome: str, report: pytest.TestReport) -> bool:
    return report.when == "call" or outcome == "skipped"
