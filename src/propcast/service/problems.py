"""Every error answer is a problem detail (RFC 9457) with an id; what happened inside goes to the log only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from propcast.core.errors import InputError, ModelRefused, NotReady, PropCastError, StoreConflict

MEDIA_TYPE = "application/problem+json"

_CODES: tuple[tuple[type[PropCastError], int], ...] = (
    (InputError, 422),
    (NotReady, 409),
    (StoreConflict, 409),
    (ModelRefused, 503),
)

DOCUMENTED: dict[str, Any] = {
    "description": "A problem detail; the log has more under its id.",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "id"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "id": {"type": "string"},
                    "detail": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "object"}},
                },
            },
            "example": {
                "type": "urn:propcast:problem:invalid_request",
                "title": "Unprocessable Entity",
                "status": 422,
                "id": "53bb28437497afd4869e8f082a744f86-63f1afecbfd98071",
                "detail": "The request does not fit what this path takes.",
                "errors": [{"where": "body.line", "what": "Input should be a valid number"}],
            },
        }
    },
}
"""How the OpenAPI document of every route describes its error answers."""
AS_PAGE: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
"""How it describes that a browser gets a page instead."""


@dataclass(eq=False)
class Problem(Exception):
    """An answer that is not what the caller hoped for.

    Attributes:
        status: the HTTP status.
        detail: one sentence for the caller: what happened and what to do; never a value that was not theirs.
        reason: a short word for the log and for programs, such as `wrong_audience`.
        headers: such as `Retry-After`, `Allow`, `WWW-Authenticate`.
        errors: what is wrong with which part of the request.
    """

    status: int
    detail: str = ""
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: Sequence[Mapping[str, object]] = ()

    def body(self, problem_id: str) -> dict[str, object]:
        """Return the members of the problem document."""
        title = HTTPStatus(self.status).phrase
        plain = self.status in (401, 403) or not self.reason  # why a credential is not good is for the log
        kind = title.lower().replace(" ", "_") if plain else self.reason
        told = {"type": f"urn:propcast:problem:{kind}", "title": title, "status": self.status, "id": problem_id}
        return {**told, **({"detail": self.detail} if self.detail else {}), **self._parts()}

    def _parts(self) -> dict[str, object]:
        return {"errors": [dict(error) for error in self.errors]} if self.errors else {}

    def response(self, problem_id: str) -> Response:
        """Return the answer to send."""
        content = json.dumps(self.body(problem_id), ensure_ascii=False).encode()
        return Response(content, self.status, dict(self.headers), MEDIA_TYPE)


def not_found() -> Problem:
    """Nothing lives at this path."""
    return Problem(404, "There is nothing at this path.")


def wrong_method(allowed: Sequence[str]) -> Problem:
    """The path exists, the method does not."""
    methods = ", ".join(sorted(allowed))
    return Problem(405, f"This path answers {methods}.", headers={"Allow": methods})


def internal() -> Problem:
    """Something broke; the log says what, under the id."""
    return Problem(500, "Something broke here. The log has the details under this id.")


def busy(retry_after_s: float, detail: str, reason: str) -> Problem:
    """Not now, but soon."""
    return Problem(503, detail, reason, {"Retry-After": str(max(1, round(retry_after_s)))})


def from_error(error: PropCastError, *, trusted: bool) -> Problem:
    """Return the problem that an error of ours is; only callers with a credential read its sentence."""
    status = next((code for kind, code in _CODES if isinstance(error, kind)), 500)
    if not trusted or status == 500:
        return Problem(status, "" if status != 500 else internal().detail)
    return Problem(status, str(error))


def from_validation(errors: Sequence[Mapping[str, object]]) -> Problem:
    """Return the problem of a request that does not fit its declaration, without echoing what was sent."""
    parts = [{"where": _where(error.get("loc")), "what": error.get("msg", "")} for error in errors]
    return Problem(422, "The request does not fit what this path takes.", "invalid_request", errors=parts)


def _where(location: object) -> str:
    return ".".join(str(part) for part in location) if isinstance(location, list | tuple) else ""
