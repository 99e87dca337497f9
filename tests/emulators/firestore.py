"""Google's Firestore emulator, once for each test process; tests share it under prefixes of their own."""

from collections.abc import Iterator

import pytest

from tests.emulators.java import jar, serving

_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


@pytest.fixture(scope="session")
def firestore_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the emulator."""
    program = ["-cp", str(jar("cloud-firestore-emulator")), _MAIN]
    log = tmp_path_factory.mktemp("firestore") / "log.txt"
    with serving(log, program, "-Xmx768m", "-Duser.language=en") as address:
        yield address
