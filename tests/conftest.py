"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings


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
    """Print what tests recorded under `told`: figures beside their passing, also from other processes."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            told = [value for name, value in report.user_properties if name == "told" and report.when == "call"]
            for value in told:
                terminalreporter.write_line(f"  {value}")
