"""The real processes of one home, started by a supervisor that may be killed too."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from propcast.service import catalogue
from propcast.service.supervision.leftovers import end, left_behind
from propcast.service.supervision.place import Place
from propcast.service.supervision.plant import NAMES
from propcast.service.supervision.processes import ProcessId, process_id
from propcast.service.supervision.record import Kept
from tests.chaos.launcher import CLOCKS

SKEW_S = 9.5
"""Clocks differ from the stores' by so much at most; 10 s are allowed, and a message takes time too."""
GRACE_S = 20.0
BATCH_S = 300
"""A batch may take so long: a process starts no faster because the protocol runs faster, and machines are busy."""
_DIVISOR, _LEAST_DIVISOR, _TRIAL_S = 50.0, 10.0, 0.5
_SERVING = "propcast.service.serving"
_REPOSITORY = Path(__file__).parents[2]
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""Without compiled modules a start takes more than twice as long, and what is killed starts again all the time."""


@dataclass
class Plant:
    """Services, bus and supervisor on ports of their own; everything ends with the block.

    Attributes:
        divisor: by this every time of the protocol is divided.
        said: takes what the supervisor says before it dies.
        more: variables of every process beside the usual ones.
        urls: what services are addressed by, once known: something may stand before them.
    """

    home: Path
    said: Path
    rng: random.Random
    base_port: int = field(default_factory=lambda: free_ports(len(catalogue.SERVICES)))
    urls: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    divisor: float = field(default_factory=lambda: divisor_now())
    was_killed: bool = False

    @property
    def services(self) -> list[str]:
        """The six services."""
        return [entry.name for entry in catalogue.SERVICES]

    @property
    def names(self) -> list[str]:
        """Every process that the supervisor keeps."""
        return list(NAMES)

    @property
    def ports(self) -> dict[str, int]:
        """The port of each service."""
        first = min(entry.port for entry in catalogue.SERVICES)
        return {entry.name: self.base_port + entry.port - first for entry in catalogue.SERVICES}

    @property
    def place(self) -> Place:
        """Where the supervisor keeps its record."""
        return Place(self.home)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the supervisor, each process with a new error of its clock."""
        clocks = {name: self.rng.uniform(-SKEW_S, SKEW_S) for name in self.names}
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PROPCAST_", _NO_BYTECODE))},
            "PROPCAST_HOME": str(self.home),
            "PROPCAST_HISTORY": str(self.home / "none"),
            "PROPCAST_TIME_DIVISOR": f"{self.divisor:g}",
            "PROPCAST_SHARD_SIZE": "32",
            "PROPCAST_BATCH_DEADLINE_S": str(round(BATCH_S * self.divisor)),
            "PROPCAST_BASE_PORT": str(self.base_port),
            "PROPCAST_SERVICE_URLS": ",".join(f"{name}={url}" for name, url in self.urls.items()),
            **self.more,
            CLOCKS: json.dumps(clocks),
            "OMP_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "2",
        }
        with self.said.open("ab") as errors:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.launcher"], cwd=_REPOSITORY, env=environ, stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            )  # fmt: skip
        self.was_killed = False

    @property
    def is_up(self) -> bool:
        """Whether the supervisor runs."""
        return self._supervisor.poll() is None

    def kill_supervisor(self) -> None:
        """End the supervisor at once; what it kept notices by itself."""
        self._supervisor.kill()
        self.was_killed = True
        self._let_go()

    def last_words(self) -> list[str]:
        """Return what the supervisors said on standard error, the last lines of it."""
        return self.said.read_text(errors="replace").splitlines()[-5:]

    def stop(self) -> None:
        """End everything, in order if it can, else at once."""
        self._supervisor.send_signal(signal.SIGTERM)
        try:
            self._supervisor.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill_supervisor()
        self._let_go()
        end(left_behind(self.place), 1.0)

    def survivors(self) -> list[int]:
        """Return the processes of this home that still run, once they had time to notice that they should not."""
        until = time.monotonic() + GRACE_S
        while (found := _of_home(self.home)) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _let_go(self) -> None:
        self._supervisor.wait()
        if self._supervisor.stdin is not None:
            self._supervisor.stdin.close()

    def processes(self) -> dict[str, Kept]:
        """Return what runs, by name, as the supervisor has last written it down."""
        with suppress(ValueError, OSError):  # it is being written on a full disk
            record = self.place.record()
            kept = record.processes if record else ()
            return {each.name: each for each in kept if each.process is not None and each.process.is_alive}
        return {}

    def found(self) -> dict[str, ProcessId]:
        """Return the services that run, by name, as the system knows them: on a full disk nothing is written down."""
        services = dict[str, ProcessId]()
        for process in filter(None, map(process_id, _of_home(self.home))):
            with suppress(OSError, ValueError):  # it has ended, or is none of the services
                words = Path(f"/proc/{process.number}/cmdline").read_text().split("\0")
                services[words[words.index(_SERVING) + 1]] = process
        return services

    def answers(self) -> bool:
        """Tell whether every service answers."""
        addresses = [f"http://127.0.0.1:{self.ports[name]}/health" for name in self.services]
        try:
            with httpx.Client(timeout=5, verify=False) as client:  # noqa: S501 - no certificates to load for plain HTTP
                return all(client.get(address).status_code == httpx.codes.OK for address in addresses)
        except httpx.HTTPError:
            return False


class Volume:
    """A small file system of its own for a home, so that it can be full; an ordinary folder where none can be made."""

    def __init__(self, folder: Path, megabytes: int = 192) -> None:
        self.folder, self._megabytes = folder, megabytes
        self.why_not = ""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=0700", "tmpfs", str(self.folder)]
        try:
            subprocess.run(mount, check=True, capture_output=True, timeout=10)
        except (OSError, subprocess.SubprocessError) as error:
            self.why_not = f"no volume can be mounted here ({type(error).__name__})"
        else:
            self._stack.callback(subprocess.run, ["umount", "--lazy", str(self.folder)], check=False, timeout=10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def fill(self) -> None:
        """Take every byte that is left."""
        ballast = self.folder / "ballast"
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * min(1 << 20, max(4096, shutil.disk_usage(self.folder).free))):
                pass

    def relieve(self) -> None:
        """Give it back."""
        (self.folder / "ballast").unlink(missing_ok=True)


def divisor_now() -> float:
    """Return by how much times are to be divided: less than 50 by as much as the machine works for others too."""
    if told := os.environ.get("PROPCAST_CHAOS_DIVISOR"):
        return float(told)
    began, worked = time.monotonic(), time.process_time()
    while time.process_time() < worked + _TRIAL_S:
        pass
    share = (time.process_time() - worked) / (time.monotonic() - began)
    return float(round(max(_LEAST_DIVISOR, _DIVISOR * min(1.0, share))))


def _of_home(home: Path) -> list[int]:
    mark, found = f"PROPCAST_HOME={home}\0".encode(), list[int]()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in environ.read_bytes():
                found.append(int(environ.parent.name))
    return found


def free_ports(n: int) -> int:
    """Return the first of `n` ports in a row that nobody listens on."""
    for base in random.SystemRandom().sample(range(20_000, 32_000, n), 200):
        if all(_is_free(port) for port in range(base, base + n)):
            return base
    raise OSError("no ports are free")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
