"""The one reader of health bodies: smoke, matrix, console, supervisor and rollout all understand them through it."""

from pydantic import ValidationError

from propcast.core.errors import PropCastError
from propcast.service.health.body import MEDIA_TYPE, HealthBody


class UnreadableBody(PropCastError):
    """An answer is not a health body; nothing may be concluded from it."""


def read(code: int, media_type: str, raw: bytes) -> HealthBody:
    """Return the body of an answer, or raise `UnreadableBody` unless type, fields, counters and code all agree."""
    if media_type.split(";")[0].strip().lower() != MEDIA_TYPE:
        raise UnreadableBody(f"answer {code} has media type {media_type or 'none'!r}; a health path sends {MEDIA_TYPE}")
    try:
        body = HealthBody.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise UnreadableBody(f"the health body breaks its schema at {where}: {first['msg']}") from error
    if body.status.code != code:
        raise UnreadableBody(f"answer {code} says {body.status}; that status is sent with {body.status.code}")
    return body


def write(body: HealthBody) -> bytes:
    """Return the body as it is sent."""
    return body.model_dump_json().encode()
