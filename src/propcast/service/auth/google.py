"""Tokens on Google Cloud: whose are accepted, how they are verified, and where a service gets its own."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import quote

from propcast.backends.bus.claims import TokenRefused
from propcast.backends.google.accounts import PUSHER, SCHEDULER, account
from propcast.core.clock import Clock
from propcast.service.auth.id_tokens import IdTokens
from propcast.service.auth.issuer_keys import IssuerKeys
from propcast.service.auth.outbound import Unreachable, get
from propcast.service.auth.push import Bearers, Claims, refused
from propcast.service.catalogue import SERVICES
from propcast.service.health.runner import Timer
from propcast.service.identity import Environment

ISSUER = "https://accounts.google.com"
KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
METADATA = "http://metadata.google.internal"

_IDENTITY = "/computeMetadata/v1/instance/service-accounts/default/identity"
_REUSED_S = 60.0
_MANY = 64


@dataclass(frozen=True)
class GoogleVerifier:
    """Verifies what Google signed for this service; it blocks when it has to ask for keys."""

    tokens: IdTokens
    audience: str

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token; raise `Refused` for any other, `Unreachable` without Google's keys."""
        try:
            claims, _ = self.tokens.verify(token, self.audience)
        except TokenRefused as error:
            raise refused(error) from error
        return Claims(claims.email, claims.audience)


def google_tokens(clock: Clock, timer: Timer = time.monotonic) -> IdTokens:
    """Return what verifies the tokens that Google signs."""
    return IdTokens(ISSUER, IssuerKeys(lambda: KEYS_URL, timer), clock)


def google_bearers(tokens: IdTokens, audience: str, environment: Environment, project: str) -> Bearers:
    """Return the callers of a service: the account of the subscriptions may push, those of our processes may call."""
    callers = (*(entry.name for entry in SERVICES), SCHEDULER)
    return Bearers(
        GoogleVerifier(tokens, audience),
        push_account=account(PUSHER, environment, project),
        services=frozenset(account(name, environment, project) for name in callers),
        instant=False,
    )


@dataclass
class GoogleCaller:
    """Gets tokens for calls to other services from the platform, each used again for a minute; it blocks."""

    timer: Timer = time.monotonic
    host: str = METADATA
    _kept: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def headers(self, audience: str) -> Mapping[str, str]:
        """Return the headers of a call to the service at that address; `Unreachable` off the platform."""
        with self._lock:
            got_at, token = self._kept.get(audience, (0.0, ""))
            if not token or self.timer() - got_at >= _REUSED_S:
                if len(self._kept) >= _MANY:
                    self._kept.clear()
                token = self._new(audience)
                self._kept[audience] = (self.timer(), token)
        return {"Authorization": f"Bearer {token}"}

    def _new(self, audience: str) -> str:
        url = f"{self.host}{_IDENTITY}?audience={quote(audience, safe='')}&format=full"
        reply = get(url, {"Metadata-Flavor": "Google"})
        if reply.code != 200:
            raise Unreachable(f"the platform gives no token: it answers {reply.code}")
        return reply.content.decode("ascii", "replace").strip()
