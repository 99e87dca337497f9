"""Google's Firestore emulator, once for each test process; tests share it under prefixes of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulators.java import jar, serving

_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


@contextmanager
def running_firestore(log: Path) -> Iterator[str]:
    """Run the emulator and give its address."""
    program = ["-cp", str(jar("cloud-firestore-emulator")), _MAIN]
    with serving(log, program, "-Xmx768m", "-Duser.language=en") as address:
        yield address


@pytest.fixture(scope="session")
def firestore_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the emulator."""
    with running_firestore(tmp_path_factory.mktemp("firestore") / "log.txt") as address:
        yield address
