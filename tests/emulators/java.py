"""Google's emulators in Java: found in its SDK, started on a free port, stopped by their own process id."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STARTS_WITHIN_S = 90.0


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
def running(program: Path, log: Path, *arguments: str) -> Iterator[str]:
    """Run an emulator on a free port of this machine and give its address once it takes connections."""
    port = _free_port()
    command = [
        "java",
        "-Xmx256m",
        "-XX:TieredStopAtLevel=1",
        "-jar",
        str(program),
        "--host=127.0.0.1",
        f"--port={port}",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, *arguments], stdout=output, stderr=output)  # noqa: S603 - as found above
        try:
            _wait(process, port, log)
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the emulator did not start: {log.read_text(errors='replace')[-1000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
