"""Identity tokens of an issuer (OpenID Connect): believed only with its signature, for one audience, in their life."""

from dataclasses import dataclass
from functools import partial

from propcast.backends.bus.claims import Claims, Refusal, Said, TokenRefused, judged, key_id, signed
from propcast.backends.bus.times import BusTimes
from propcast.core.clock import Clock
from propcast.service.auth.issuer_keys import IssuerKeys
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


def described_by(issuer: str) -> dict[str, str]:
    """Return the addresses that an issuer publishes, by name; `Unreachable` unless the document is its own."""
    document = found_at(f"{issuer.rstrip('/')}{WELL_KNOWN}")
    if document.get("issuer") != issuer:
        raise Unreachable(f"what is published at {issuer} is about another issuer")
    return {name: value for name, value in document.items() if isinstance(value, str)}


def endpoint(description: dict[str, str], name: str) -> str:
    """Return one address of an issuer; `Unreachable` when it publishes none that may be used."""
    url = description.get(name, "")
    if not is_private(url):
        raise Unreachable(f"the issuer publishes no usable {name}")
    return url


def tokens_of(issuer: str, clock: Clock, timer: Timer) -> IdTokens:
    """Return what verifies the tokens of an issuer, whose keys are where it says."""
    return IdTokens(issuer, IssuerKeys(partial(_keys_url, issuer), timer), clock)


def _keys_url(issuer: str) -> str:
    return endpoint(described_by(issuer), "jwks_uri")
