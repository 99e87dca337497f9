"""Asks a process who it is and whether it takes work."""

import http.client
import json
from typing import Any

from propcast.delivery.targets.local.plan import Slot
from propcast.service.catalogue import LOCAL_HOST

_PATIENCE_S = 2.0


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
