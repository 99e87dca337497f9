"""Starts a service as its image does, on embedded backends in an empty home, and asks it how it is."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from propcast.backends.bus.tokens import push_keys
from propcast.backends.compose import compose
from propcast.backends.secrets.local import PUSH_KEY
from propcast.backends.settings import load_settings
from propcast.delivery.images.findings import Finding
from propcast.service.auth.push import LocalCaller
from propcast.service.catalogue import LOCAL_HOST, Entry
from propcast.service.health.body import HealthBody, Status
from propcast.service.health.reader import UnreadableBody, read
from propcast.service.topics import Places, subscriptions, topics

PATHS = ("/health", "/ready", "/health/deep")
WELL_WITHIN_S, AT_MOST_S = 90.0, 900.0
"""Time in which the process could run; a machine that gives it none is no defect of the image, up to a point."""
ANSWERS_WITHIN_S = 30.0
_PAUSE_S = 0.2


def boot(entry: Entry, command: Sequence[str]) -> Iterator[Finding]:
    """Run the image's own command until all three paths are well; yield what keeps them from it."""
    with TemporaryDirectory(prefix="propcast-") as folder:
        home = Path(folder)
        environ = {**outside(), "PROPCAST_HOME": str(home)}
        headers = _prepared(entry, environ)
        with _running(_here(command), environ, home / "said") as started:
            for path in PATHS:
                wrong = started.until_well(path, headers)
                yield from wrong
                if not all(each.warns for each in wrong):
                    return


def outside() -> dict[str, str]:
    """Return the environment without any of our variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PROPCAST_")}


@dataclass(frozen=True)
class _Started:
    process: "subprocess.Popen[bytes]"
    port: int
    said: Path
    begun: float = field(default_factory=time.monotonic)

    def until_well(self, path: str, headers: Mapping[str, str]) -> list[Finding]:
        """Ask until nothing is wrong any more, or the time is over: the environment opens after the port."""
        while True:
            wrong = self._look(path, headers)
            is_well = all(each.warns for each in wrong)
            if is_well or self._is_over() or self.process.poll() is not None:
                return wrong
            time.sleep(_PAUSE_S)

    def _is_over(self) -> bool:
        waited = time.monotonic() - self.begun
        return waited > AT_MOST_S or waited - self._starved_s() > WELL_WITHIN_S

    def _starved_s(self) -> float:
        """Return for how long the process was ready to run and other processes ran instead."""
        try:
            told = Path(f"/proc/{self.process.pid}/schedstat").read_text(encoding="ascii")
        except OSError:
            return 0.0
        return int(told.split()[1]) / 1e9

    def _look(self, path: str, headers: Mapping[str, str]) -> list[Finding]:
        connection = HTTPConnection(LOCAL_HOST, self.port, timeout=ANSWERS_WITHIN_S)
        try:
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            body = read(answer.status, answer.getheader("content-type") or "", answer.read())
        except (OSError, HTTPException, UnreadableBody) as error:
            return [Finding("boot", path, f"{path} was not answered ({error or type(error).__name__}); {self._last()}")]
        finally:
            connection.close()
        return _failing(path, body)

    def _last(self) -> str:
        """Return the last line that the process wrote: a service that cannot start says why in one."""
        lines = self.said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"the process said: {lines[-1][:500]}" if lines else "the process said nothing"


def _failing(path: str, body: HealthBody) -> list[Finding]:
    entries = [(key, entry) for key, found in body.checks.items() for entry in found]
    return [
        Finding("boot", key, f"{path}: {key} = {e.observed_value} {e.observed_unit}; {e.output}", warns=not e.critical)
        for key, e in entries
        if e.status is Status.FAIL
    ]


def _prepared(entry: Entry, environ: Mapping[str, str]) -> dict[str, str]:
    """Make the home's bus and keys; return the credential to show."""
    backends = compose(load_settings(environ=environ), environ=environ)
    backends.bus.ensure(topics(Places()), subscriptions(Places()))
    key = push_keys(backends.secrets.get(PUSH_KEY))[0]
    return LocalCaller(key, backends.clock).headers(entry.local_url)


def _here(command: Sequence[str]) -> tuple[list[str], int]:
    """Return the command with this interpreter, this machine's own address and a free port."""
    with socket.socket() as probe:
        probe.bind((LOCAL_HOST, 0))
        port: int = probe.getsockname()[1]
    words = [sys.executable, *command[1:]]
    for option, value in (("--host", LOCAL_HOST), ("--port", str(port))):
        words[words.index(option) + 1] = value
    return words, port


@contextmanager
def _running(command: tuple[list[str], int], environ: Mapping[str, str], said: Path) -> Iterator[_Started]:
    words, port = command
    with said.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - the command of the manifest
            words, env=dict(environ), cwd=said.parent, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        try:
            yield _Started(process, port, said)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
