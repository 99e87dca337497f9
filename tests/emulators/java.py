"""Google's emulators in Java, found in its SDK."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from propcast.delivery.targets.local.ports import free_ports
from tests.emulators.loopback import listens, running


def jar(emulator: str) -> Path:
    """Return the program of an emulator of Google's SDK; the test skips where there is none."""
    if shutil.which("java") is None:
        pytest.skip("the emulators of Pub/Sub and Firestore need Java; install a JRE of 11 or later")
    for folder in _sdks():
        found = sorted((folder / "platform" / emulator).glob("**/*.jar"))
        if found:
            return found[-1]
    pytest.skip(f"there is no {emulator} in Google's SDK; `gcloud components install {emulator}` brings it")


def _sdks() -> Iterator[Path]:
    gcloud = shutil.which("gcloud")
    if gcloud is not None:
        yield Path(gcloud).resolve().parents[1]
    yield Path("/usr/lib/google-cloud-sdk")


@contextmanager
def serving(log: Path, program: list[str], *options: str) -> Iterator[str]:
    """Run an emulator on a free port of this machine and give its address once it takes connections.

    `program` is what stands behind `java`: a class path and a class, or a jar.
    """
    (port,) = free_ports(1)
    command = ["java", *options, *program, "--host=127.0.0.1", f"--port={port}"]
    with running(command, log, lambda: listens(port)):
        yield f"127.0.0.1:{port}"
