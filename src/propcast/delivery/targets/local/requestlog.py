"""Reads what a router wrote of each request."""

import http.client
import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from propcast.delivery.targets.local.routing import NOBODY
from propcast.delivery.targets.port import Request
from propcast.delivery.targets.requesting import route_of
from propcast.service.catalogue import LOCAL_HOST
from propcast.service.supervision.logfile import KEPT, numbered

BROKEN = 599
_CUT_BY_SERVER = ("S", "s")
_LOWEST_CODE = 100
_NO_SERVER = "<NOSRV>"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATIENCE_S, _POLL_S = 2.0, 0.01

InstanceAt = Callable[[str, datetime], str]
"""Returns which process of a revision ran at a time."""


@dataclass(frozen=True)
class RequestLog:
    """The log of one router.

    Attributes:
        alive_port: where the router itself can be asked.
    """

    path: Path
    alive_port: int

    def between(self, since: datetime, until: datetime, instance_at: InstanceAt) -> list[Request] | None:
        """Return the requests of `since` ≤ at < `until`; None when what is asked now does not come into the log."""
        mark = secrets.token_hex(8)
        if not (self._leave(mark) and self._arrives(mark)):
            return None
        lines = (told for told in self._lines(since) if told["revision"] != NOBODY)
        found = (request_of(told, instance_at) for told in lines)
        return sorted((request for request in found if since <= request.at < until), key=lambda request: request.at)

    def _leave(self, mark: str) -> bool:
        connection = http.client.HTTPConnection(LOCAL_HOST, self.alive_port, timeout=_PATIENCE_S)
        try:
            connection.request("GET", f"/{mark}")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _arrives(self, mark: str) -> bool:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            if any(mark in _tail(numbered(self.path, number)) for number in (0, 1)):
                return True
            time.sleep(_POLL_S)
        return False

    def _lines(self, since: datetime) -> Iterator[dict[str, Any]]:
        for number in range(KEPT, -1, -1):
            path = numbered(self.path, number)
            if path.exists() and path.stat().st_mtime >= since.timestamp():
                yield from _told(path)


def request_of(told: dict[str, Any], instance_at: InstanceAt) -> Request:
    """Return a line of the log as the port has it."""
    revision = str(told["revision"])
    at = _EPOCH + timedelta(microseconds=told["end_us"] - told["took_us"])
    return Request(
        at=at,
        revision=revision,
        instance=instance_at(revision, at),
        route=route_of(told["path"]),
        code=_code(told),
        seconds=max(told["took_us"], 1) / 1e6,
        synthetic=bool(told["synthetic"]),
        retried=told["server"] not in (told["slot"], _NO_SERVER),
    )


def _code(told: dict[str, Any]) -> int:
    code = int(told["code"])
    return BROKEN if code < _LOWEST_CODE or told["cut"].startswith(_CUT_BY_SERVER) else code


def _told(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith('{"end_us"') and line.endswith("}\n"):
                yield json.loads(line)


def _tail(path: Path, most: int = 100_000) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - most))
        return file.read().decode("utf-8", errors="replace")
