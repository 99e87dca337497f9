"""The user's side of the socket: asks the agent of a home, and starts it where none runs."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propcast.delivery.targets.local import agent
from propcast.delivery.targets.local.book import PLAN
from propcast.delivery.targets.local.plan import Service, Slot
from propcast.delivery.targets.local.questions import JOURNAL, SOCKET, answer, folder_of, line_of, short
from propcast.delivery.targets.local.router import executable
from propcast.delivery.targets.port import TargetUnavailable, Traffic, Weights
from propcast.service.supervision.outliving import start_outliving

_START_S, _POLL_S = 30.0, 0.05
_ANSWER_S = 120.0
"""Longer than a revision may drain and end."""


@dataclass(frozen=True)
class Agent:
    """The agent of one home, asked from outside; every question starts it if it does not run."""

    home: Path
    base_port: int

    def service(self, name: str) -> Service | None:
        """Return a service as it shall be; None where there is none."""
        if not (folder_of(self.home) / PLAN).exists():
            return None
        told = self._ask("service", name)["service"]
        return Service.model_validate(told) if told else None

    def stage(self, service: str, slot: Slot, port: int, *, create: bool) -> Service:
        """Have a revision started."""
        plain = slot.model_dump(mode="json")
        return Service.model_validate(self._ask("stage", service, slot=plain, port=port, create=create)["service"])

    def prove(self, service: str, name: str, config_hash: str) -> Service:
        """Say that a revision has told who it is."""
        return Service.model_validate(self._ask("prove", service, name=name, config_hash=config_hash)["service"])

    def traffic(self, service: str) -> Traffic:
        """Return what the router does."""
        return Traffic(**self._ask("traffic", service))

    def share(self, service: str, weights: Weights, etag: str, token: int) -> Traffic:
        """Have traffic moved."""
        return Traffic(**self._ask("share", service, weights=dict(weights), etag=etag, token=token))

    def retire(self, service: str, name: str) -> None:
        """Have a revision ended."""
        self._ask("retire", service, name=name)

    def remove(self, service: str) -> None:
        """Have everything of a service ended."""
        self._ask("remove", service)

    def _ask(self, what: str, service: str, **told: object) -> Mapping[str, Any]:
        with self._line() as line:
            try:
                line.settimeout(_ANSWER_S)
                line.sendall(line_of({"what": what, "service": service, **told}))
                with line.makefile("rb") as said:
                    return answer(said.readline())
            except OSError as error:
                raise TargetUnavailable(f"the agent of the local target does not answer: {error}; ask again") from error

    def _line(self) -> socket.socket:
        """Return an open line to the agent."""
        found = _connected(folder_of(self.home) / SOCKET)
        if found is not None:
            return found
        executable()
        self._start()
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            time.sleep(_POLL_S)
            if (found := _connected(folder_of(self.home) / SOCKET)) is not None:
                return found
        raise TargetUnavailable(f"the agent of the local target does not start; {self._log} says why")

    @property
    def _log(self) -> Path:
        return self.home / "logs" / JOURNAL

    def _start(self) -> None:
        """Start an agent that outlives this process."""
        start_outliving(agent.__name__, [str(self.home), str(self.base_port)], self._log)


def _connected(path: Path) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short(path) as name:
            line.connect(name)
    except OSError:
        line.close()
        return None
    return line
