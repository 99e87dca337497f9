"""The emulator of Pub/Sub, one for a whole session; every test has a project of its own in it."""

from collections.abc import Iterator

import pytest

from tests.emulators.java import jar, serving


@pytest.fixture(scope="session")
def pubsub_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the emulator."""
    log = tmp_path_factory.mktemp("pubsub") / "emulator.log"
    with serving(log, ["-jar", str(jar("pubsub-emulator"))], "-Xmx256m", "-XX:TieredStopAtLevel=1") as address:
        yield address
