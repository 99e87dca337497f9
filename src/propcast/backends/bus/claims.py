"""What a signed token must say before anybody believes it, whoever signed it.

The library is loaded with the first token: it brings a twentieth of what a service loads before it is ready.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from propcast.core.errors import Denied

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWS

Said = Mapping[str, object]
"""Claims as they were signed; nothing in them has been judged."""

_LAST_INSTANT = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class Refusal(StrEnum):
    """Why a token is refused; safe to log and to count."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_EMAIL = "wrong_email"
    WRONG_NONCE = "wrong_nonce"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"


class TokenRefused(Denied):
    """A token proves nothing; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the token is refused: {refusal}")
        self.refusal = refusal


@dataclass(frozen=True)
class Claims:
    """What a verified token says."""

    issuer: str
    audience: str
    email: str
    expires_at: datetime


def key_id(token: str) -> object:
    """Return the `kid` that a token names, None when it names none; nothing of the token is believed yet."""
    import jwt

    try:
        return jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise TokenRefused(Refusal.MALFORMED) from error


def signed(token: str, key: "str | PyJWK", algorithm: str) -> Said:
    """Return what a token says if this key signed it with this algorithm, whatever the token says of that."""
    import jwt

    try:
        # The signature only: the library judges times by the machine's clock, and ours is passed in.
        payload = _signatures().decode(token, key, algorithms=[algorithm])
    except jwt.InvalidTokenError as error:
        raise TokenRefused(Refusal.FORGED) from error
    try:
        said = json.loads(payload)
    except ValueError as error:
        raise TokenRefused(Refusal.MALFORMED) from error
    if not isinstance(said, dict):
        raise TokenRefused(Refusal.MALFORMED)
    return said


@cache
def _signatures() -> "PyJWS":
    from jwt import PyJWS

    return PyJWS()


def judged(said: Said, *, issuer: str, audience: str, now: datetime, skew_s: float) -> Claims:
    """Return the claims if they are of that issuer, for this audience alone, in their life, of a verified e-mail."""
    if said.get("iss") != issuer:
        raise TokenRefused(Refusal.WRONG_ISSUER)
    if said.get("aud") != audience:
        raise TokenRefused(Refusal.WRONG_AUDIENCE)
    email = said.get("email")
    if not isinstance(email, str) or not email or said.get("email_verified") is not True:
        raise TokenRefused(Refusal.WRONG_EMAIL)
    if max(_instant(said, "iat"), _instant(said, "nbf") if "nbf" in said else 0) > now.timestamp() + skew_s:
        raise TokenRefused(Refusal.NOT_YET_VALID)
    expires = _instant(said, "exp")
    if expires <= now.timestamp() - skew_s:
        raise TokenRefused(Refusal.EXPIRED)
    return Claims(issuer, audience, email, datetime.fromtimestamp(expires, UTC))


def _instant(said: Said, name: str) -> float:
    value = said.get(name)
    if not isinstance(value, int | float) or not 0 < value < _LAST_INSTANT:
        raise TokenRefused(Refusal.MALFORMED)
    return value
