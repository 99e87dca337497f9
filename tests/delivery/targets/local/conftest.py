"""Releases of this very checkout."""

from pathlib import Path

import pytest

from propcast.delivery.targets.local.packing import pack
from propcast.delivery.targets.local.release import Release

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """This checkout as it lies here."""
    return pack(ROOT, tmp_path_factory.mktemp("packed") / "good", dirty=True)
