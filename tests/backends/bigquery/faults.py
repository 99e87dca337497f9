"""A connection to BigQuery on which one request goes wrong."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests


@dataclass(frozen=True)
class Fault:
    """How a request ends: an answer of the service, or none; `answered` says that the service did what was asked."""

    name: str
    status: int = 0
    reason: str = ""
    answered: bool = False


UNAVAILABLE = Fault("unavailable", 503, "backendError")
QUOTA = Fault("quota", 403, "rateLimitExceeded")
UNSENT = Fault("connection lost before the request")
UNHEARD = Fault("connection lost before the answer", answered=True)
PERMISSION = Fault("permission", 403, "accessDenied")
NOT_FOUND = Fault("not found", 404, "notFound")
CONFLICT = Fault("conflict", 409, "duplicate")
TRANSIENT = (UNAVAILABLE, QUOTA, UNSENT, UNHEARD)
PERMANENT = (PERMISSION, NOT_FOUND, CONFLICT)


@dataclass(eq=False)
class FaultyLine(requests.Session):
    """A session whose request of the given numbers meets a fault; without, it only counts.

    Attributes:
        at: numbers of the requests, from 0.
        met: what was asked when the fault struck.
    """

    fault: Fault | None = None
    at: Iterable[int] = ()
    sent: int = 0
    met: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        number, self.sent = self.sent, self.sent + 1
        if self.fault is None or number not in self.at:
            return super().request(method, url, **options)
        self.met.append(f"{method} {url.partition('/v2/')[2].partition('?')[0]}")
        if self.fault.answered:
            super().request(method, url, **options)
        if not self.fault.status:
            raise requests.exceptions.ConnectionError(self.fault.name)
        return answer(self.fault, method, url)


def answer(fault: Fault, method: str, url: str) -> requests.Response:
    """Return what the service says of a fault."""
    made = requests.Response()
    made.request, made.url = requests.Request(method, url).prepare(), url
    made.status_code = fault.status
    made.headers["Content-Type"] = "application/json"
    errors = [{"reason": fault.reason, "message": fault.name}]
    made._content = json.dumps({"error": {"code": fault.status, "message": fault.name, "errors": errors}}).encode()
    return made
