"""Push tokens of one machine: short-lived signed JSON web tokens with the claims that Google's have."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from propcast.backends.bus.claims import Claims, Refusal, TokenRefused, judged, key_id, signed
from propcast.backends.bus.times import BusTimes
from propcast.backends.secrets.port import Secret
from propcast.core.errors import InputError

ISSUER = "propcast-bus"
EMAIL = "bus@propcast.local"

_ALGORITHM = "HS256"
_KEYS_AT_MOST = 2
_SHORTEST = 32


@dataclass(frozen=True)
class PushKey:
    """A signing key; its id follows from its value, so both sides agree on it without being told."""

    kid: str
    secret: Secret


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
    import jwt  # with the first token, as in `claims`

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
    kid = key_id(token)
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise TokenRefused(Refusal.UNKNOWN_KEY)
    said = signed(token, key.secret.reveal(), _ALGORITHM)
    claims = judged(said, issuer=ISSUER, audience=audience, now=now, skew_s=skew_s)
    if claims.email != EMAIL:
        raise TokenRefused(Refusal.WRONG_EMAIL)
    return claims
