"""The undisturbed slates, made once."""

import os
import signal
from math import ceil
from pathlib import Path

import pytest

from tests.chaos.slates import Undisturbed, kicks_of, make_template, open_now, undisturbed

SLATES = int(os.environ.get("PROPCAST_CHAOS_SLATES", "10"))
ROUND = 20
"""Slates of one home at most; then another one begins, and all of its tables are compared."""
SEED = int(os.environ.get("PROPCAST_CHAOS_SEED", "1"))


@pytest.fixture(scope="session", autouse=True)
def told_to_stop() -> None:
    """Leave by the front door when a time limit ends: volumes are unmounted, processes end."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("told to stop", returncode=1))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("chaos") / "template"
    make_template(home)
    return home


@pytest.fixture(scope="session")
def wanted(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    per_round = ceil(SLATES / ceil(SLATES / ROUND))
    kicks = kicks_of(open_now(template), per_round)
    return undisturbed(template, tmp_path_factory.mktemp("chaos") / "undisturbed", kicks)
