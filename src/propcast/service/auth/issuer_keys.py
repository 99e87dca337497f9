"""The public keys of an issuer of tokens: kept for an hour, asked for again when a token names one that is new."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from propcast.backends.bus.claims import Refusal, TokenRefused
from propcast.service.auth.outbound import Unreachable, found_at
from propcast.service.health.runner import Timer

if TYPE_CHECKING:
    from jwt import PyJWK

FRESH_S = 3600.0
OUTDATED_S = 6 * 3600.0
"""While the issuer does not answer, keys that are not older than this go on being good."""
ANEW_S = 60.0
"""Whatever tokens name, the issuer is not asked more often than this once it has answered."""
RETRY_S = 5.0
"""The same while it has not."""

_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}


@dataclass
class IssuerKeys:
    """Finds keys by their id; it blocks while it asks the issuer, one thread at a time.

    Attributes:
        url: tells where the keys are; it may ask the issuer for that.
    """

    url: Callable[[], str]
    timer: Timer = time.monotonic
    _keys: "Mapping[str, PyJWK]" = field(default_factory=dict)
    _kept_at: float = -math.inf
    _asked_at: float = -math.inf
    _trouble: Unreachable | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def find(self, key_id: object) -> "PyJWK":
        """Return the key of that id.

        `TokenRefused` when the issuer has none, `Unreachable` when it cannot be asked and no recent key has that id.
        """
        if (found := self._within(key_id, FRESH_S)) is not None:
            return found
        self._ask_anew(key_id)
        if (found := self._within(key_id, OUTDATED_S)) is not None:
            return found
        if self._trouble is not None:
            raise Unreachable(str(self._trouble)) from self._trouble
        raise TokenRefused(Refusal.UNKNOWN_KEY)

    def _within(self, key_id: object, seconds: float) -> "PyJWK | None":
        return self._keys.get(key_id) if isinstance(key_id, str) and self.timer() - self._kept_at < seconds else None

    def _ask_anew(self, key_id: object) -> None:
        with self._lock:
            pause = ANEW_S if self._keys else RETRY_S
            if self._within(key_id, FRESH_S) is not None or self.timer() - self._asked_at < pause:
                return
            try:
                self._keys = _read(found_at(self.url()))
                self._kept_at, self._trouble = self.timer(), None
            except Unreachable as trouble:
                self._trouble = trouble
            finally:
                self._asked_at = self.timer()


def _read(document: Mapping[str, object]) -> "dict[str, PyJWK]":
    """Return the keys that sign; one that cannot be read does not spoil the others."""
    listed = document.get("keys")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    found = {str(entry.get("kid")): key for entry in entries if (key := _key(entry)) is not None}
    if not found:
        raise Unreachable("the issuer publishes no key that signs")
    return found


def _key(entry: dict[str, object]) -> "PyJWK | None":
    import jwt

    algorithm = _ALGORITHMS.get(str(entry.get("kty")))
    others = entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm
    if algorithm is None or others or not isinstance(entry.get("kid"), str):
        return None
    try:
        return jwt.PyJWK(entry, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
