"""The emulator of Pub/Sub, one for a whole session; every test has a project of its own in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulators.java import jar, serving


@contextmanager
def running_pubsub(log: Path) -> Iterator[str]:
    """Run the emulator and give its address."""
    with serving(log, ["-jar", str(jar("pubsub-emulator"))], "-Xmx256m", "-XX:TieredStopAtLevel=1") as address:
        yield address


@pytest.fixture(scope="session")
def pubsub_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the emulator."""
    with running_pubsub(tmp_path_factory.mktemp("pubsub") / "emulator.log") as address:
        yield address
