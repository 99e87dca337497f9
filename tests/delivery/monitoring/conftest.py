"""Programs that tests of monitoring need; without them they skip and say what to install."""

import shutil
from pathlib import Path

import pytest

from tests.delivery.monitoring.promtool import Promtool


def program(name: str, package: str) -> str:
    """The path of a program."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here; `apt-get install {package}` to run this test")
    return found


@pytest.fixture
def promtool(tmp_path: Path) -> Promtool:
    return Promtool(program("promtool", "prometheus"), tmp_path)
