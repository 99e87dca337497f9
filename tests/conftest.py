"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def history() -> Path:
    """The folder of real history; tests that need it skip where it is absent."""
    default = Path(__file__).parents[1] / ".." / "shared" / "data"
    folder = Path(os.environ.get("PROPCAST_HISTORY", default)).resolve()
    if not (folder / "nba_player_box.parquet").exists():
        pytest.skip(f"no history at {folder}; set PROPCAST_HISTORY to the folder of Parquet files to run this test")
    return folder
