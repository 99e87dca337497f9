"""Identity tokens of an issuer (OpenID Connect): believed only with its signature, for one audience, in their life."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from propcast.backends.bus.claims import Claims, Refusal, Said, TokenRefused, judged, key_id, signed
from propcast.backends.bus.times import BusTimes
from propcast.core.clock import Clock
from propcast.service.auth.issuer_keys import FRESH_S, IssuerKeys
from propcast.service.auth.outbound import Unreachable, found_at, is_private
from propcast.service.health.runner import Timer

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class IdTokens:
    """Verifies the tokens of one issuer; it blocks when it has to ask for keys.

    Attributes:
        clock: of the world that the issuer lives in, whatever day a simulated one has.
        skew_s: the issuer's clock may differ by this.
    """

    issuer: str
    keys: IssuerKeys
    clock: Clock
    skew_s: float = BusTimes.skew_s

    def verify(self, token: str, audience: str) -> tuple[Claims, Said]:
        """Return the verified claims and everything that was signed.

        `TokenRefused` for any token that proves nothing, `Unreachable` when the issuer's keys cannot be had.
        """
        key = self.keys.find(key_id(token))
        said = signed(token, key, key.algorithm_name)
        claims = judged(said, issuer=self.issuer, audience=audience, now=self.clock.now(), skew_s=self.skew_s)
        return claims, said

    def verify_reply(self, token: str, audience: str, nonce: str) -> Claims:
        """Return the claims of a token that answers one question of ours, recognised by its nonce."""
        claims, said = self.verify(token, audience)
        if said.get("nonce") != nonce:
            raise TokenRefused(Refusal.WRONG_NONCE)
        return claims


@dataclass
class Description:
    """The addresses that an issuer publishes about itself, kept for an hour; it blocks when it has to ask."""

    issuer: str
    timer: Timer = time.monotonic
    _kept: Mapping[str, object] = field(default_factory=dict)
    _kept_at: float = -math.inf

    def endpoint(self, name: str) -> str:
        """Return one address of the issuer; `Unreachable` when it publishes none that may be used."""
        if self.timer() - self._kept_at >= FRESH_S:
            self._kept, self._kept_at = self._asked(), self.timer()
        url = self._kept.get(name)
        if not isinstance(url, str) or not is_private(url):
            raise Unreachable(f"the issuer publishes no usable {name}")
        return url

    def _asked(self) -> Mapping[str, object]:
        document = found_at(f"{self.issuer.rstrip('/')}{WELL_KNOWN}")
        if document.get("issuer") != self.issuer:
            raise Unreachable(f"what is published at {self.issuer} is about another issuer")
        return document


def tokens_of(description: Description, clock: Clock, timer: Timer = time.monotonic) -> IdTokens:
    """Return what verifies the tokens of an issuer, whose keys are where it says."""
    keys = IssuerKeys(partial(description.endpoint, "jwks_uri"), timer)
    return IdTokens(description.issuer, keys, clock)
