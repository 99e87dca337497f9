"""Google's Firestore emulator, once for each test process; tests share it under prefixes of their own."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.loopback import free_port, listens, running

_JAR = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


@pytest.fixture(scope="session")
def firestore_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the emulator."""
    jar, port = firestore_jar(), free_port()
    command = ["java", "-Xmx768m", "-Duser.language=en", "-cp", str(jar), _MAIN, "--host=127.0.0.1", f"--port={port}"]
    with running(command, tmp_path_factory.mktemp("firestore") / "log.txt", lambda: listens(port)):
        yield f"127.0.0.1:{port}"


def firestore_jar() -> Path:
    """Return where the emulator is; the test skips where it is not."""
    if shutil.which("java") is None or shutil.which("gcloud") is None:
        pytest.skip("Google's Firestore emulator needs `java` and `gcloud`; install both to run this test")
    asked = ["gcloud", "info", "--format=value(installation.sdk_root)"]
    root = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - fixed
    jar = Path(root) / _JAR
    if not root or not jar.exists():
        pytest.skip(f"no {jar}; run `gcloud components install cloud-firestore-emulator` to run this test")
    return jar
