"""Servers of other programs on free ports of this machine, for as long as a test session."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_S = 240.0


def listens(port: int) -> bool:
    """Tell whether somebody takes connections at a port."""
    with socket.socket() as asked:
        asked.settimeout(1)
        return asked.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: Sequence[str], log: Path, is_ready: Callable[[], bool]) -> Iterator[None]:
    """Run a program until it is no longer needed; it writes to a log that is shown when it does not come up."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603 - named by us
        try:
            _await(process, log, is_ready)
            yield
        finally:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], log: Path, is_ready: Callable[[], bool]) -> None:
    end = time.monotonic() + READY_S
    while not is_ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{process.args!r} did not come up: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)
