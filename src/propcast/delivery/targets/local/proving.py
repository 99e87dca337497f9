"""Asks a process who it is, until it says so."""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from propcast.delivery.targets.local.plan import Slot
from propcast.service.catalogue import LOCAL_HOST

_PATIENCE_S = 2.0


@dataclass(frozen=True)
class Waiting:
    """How a process is waited for.

    Attributes:
        timer: seconds that only grow.
        wait: lets seconds pass.
        startup_s: a process that has not answered by then does not count as started.
        ready_s: one that answers is given so long to open what it works with; then it is handed out as it is.
        crashes: one that has ended so often meanwhile does not count as started either.
    """

    timer: Callable[[], float]
    wait: Callable[[float], None]
    startup_s: float = 60.0
    ready_s: float = 15.0
    crashes: int = 3
    poll_s: float = 0.05


def said(port: int) -> dict[str, Any] | None:
    """Return what a process says at `/health`; None when nothing comes that can be understood."""
    told = _got(port, "/health")
    try:
        return dict(json.loads(told[1])) if told and told[0] == http.client.OK else None
    except ValueError:
        return None


def is_ready(port: int) -> bool:
    """Return whether a process takes work."""
    told = _got(port, "/ready")
    return told is not None and told[0] == http.client.OK


def objection(told: dict[str, Any], service: str, slot: Slot) -> str:
    """Return in words what a process says of itself that is not so; empty when all is."""
    wanted = {"serviceId": service, "revision": slot.name, "image_digest": slot.digest}
    wrong = [
        f"{name} {told.get(name)!r} instead of {value!r}" for name, value in wanted.items() if told.get(name) != value
    ]
    return f"{slot.name} says that it is {' and '.join(wrong)}" if wrong else ""


def _got(port: int, path: str) -> tuple[int, bytes] | None:
    connection = http.client.HTTPConnection(LOCAL_HOST, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
