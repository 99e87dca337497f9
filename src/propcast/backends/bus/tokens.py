"""Push tokens of one machine: short-lived signed JSON web tokens with the claims that Google's have."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import jwt

from propcast.backends.bus.times import BusTimes
from propcast.backends.secrets.port import Secret
from propcast.core.errors import Denied, InputError

ISSUER = "propcast-bus"
EMAIL = "bus@propcast.local"

_ALGORITHM = "HS256"
_KEYS_AT_MOST = 2
_SHORTEST = 32
_LAST_INSTANT = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_SIGNATURES = jwt.PyJWS()


class Refusal(StrEnum):
    """Why a token is refused; safe to log and to count."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_EMAIL = "wrong_email"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"


class TokenRefused(Denied):
    """A push token proves nothing; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the push token is refused: {refusal}")
        self.refusal = refusal


@dataclass(frozen=True)
class PushKey:
    """A signing key; its id follows from its value, so both sides agree on it without being told."""

    kid: str
    secret: Secret


@dataclass(frozen=True)
class Claims:
    """What a verified token says."""

    issuer: str
    audience: str
    email: str
    expires_at: datetime


def push_keys(secret: Secret) -> tuple[PushKey, ...]:
    """Read the key that signs and, during a rotation, the other key that is still (or already) valid.

    The secret is one key, or two with space or a comma between: `new,old`. Rotate by adding the new key as the second
    everywhere, then making it the first, then dropping the old one.
    """
    values = [value for value in re.split(r"[\s,]+", secret.reveal()) if value]
    if not 1 <= len(values) <= _KEYS_AT_MOST or any(len(value) < _SHORTEST for value in values):
        raise InputError(f"the push key must be one or two keys of at least {_SHORTEST} characters; generate it anew")
    return tuple(PushKey(hashlib.sha256(value.encode()).hexdigest()[:12], Secret(value)) for value in values)


def sign(key: PushKey, audience: str, now: datetime, *, life_s: float = BusTimes.token_s) -> str:
    """Return a token for one audience, valid from now for its life."""
    issued = now.timestamp()
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "email": EMAIL,
        "email_verified": True,
        "iat": issued,
        "exp": issued + life_s,
    }
    return jwt.encode(claims, key.secret.reveal(), algorithm=_ALGORITHM, headers={"kid": key.kid})


def verify(
    token: str, keys: Sequence[PushKey], audience: str, now: datetime, *, skew_s: float = BusTimes.skew_s
) -> Claims:
    """Return the claims of a token that one of the keys signed for this audience, in its life; else `TokenRefused`."""
    claims = _authentic(token, keys)
    if claims.get("iss") != ISSUER:
        raise TokenRefused(Refusal.WRONG_ISSUER)
    if claims.get("aud") != audience:
        raise TokenRefused(Refusal.WRONG_AUDIENCE)
    if claims.get("email") != EMAIL or claims.get("email_verified") is not True:
        raise TokenRefused(Refusal.WRONG_EMAIL)
    if _instant(claims, "iat") > now.timestamp() + skew_s:
        raise TokenRefused(Refusal.NOT_YET_VALID)
    expires = _instant(claims, "exp")
    if expires <= now.timestamp() - skew_s:
        raise TokenRefused(Refusal.EXPIRED)
    return Claims(ISSUER, audience, EMAIL, datetime.fromtimestamp(expires, UTC))


def _authentic(token: str, keys: Sequence[PushKey]) -> Mapping[str, object]:
    """Return the claims as signed; what they say is not judged here."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise TokenRefused(Refusal.MALFORMED) from error
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise TokenRefused(Refusal.UNKNOWN_KEY)
    try:
        # The signature only: the library judges times by the machine's clock, and ours is passed in.
        payload = _SIGNATURES.decode(token, key.secret.reveal(), algorithms=[_ALGORITHM])
    except jwt.InvalidTokenError as error:
        raise TokenRefused(Refusal.FORGED) from error
    claims = json.loads(payload)
    if not isinstance(claims, dict):
        raise TokenRefused(Refusal.MALFORMED)
    return claims


def _instant(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or not 0 < value < _LAST_INSTANT:
        raise TokenRefused(Refusal.MALFORMED)
    return value
