"""Tokens of the bus and of other services: verified here, in the app, whatever stands in front of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from propcast.backends.bus import tokens
from propcast.backends.bus.claims import Claims as Signed
from propcast.backends.bus.claims import Refusal, TokenRefused
from propcast.core.clock import Clock
from propcast.service.access import Principal
from propcast.service.auth.refusal import Reason, Refused

SERVICES_ACCOUNT = "services@propcast.local"

_REASONS: Mapping[Refusal, Reason] = {
    Refusal.MALFORMED: Reason.MALFORMED,
    Refusal.EXPIRED: Reason.EXPIRED,
    Refusal.WRONG_AUDIENCE: Reason.WRONG_AUDIENCE,
    Refusal.WRONG_EMAIL: Reason.WRONG_ACCOUNT,
}


def refused(error: TokenRefused) -> Refused:
    """Return the refusal of a credential that a token's is."""
    return Refused(_REASONS.get(error.refusal, Reason.FORGED))


@dataclass(frozen=True)
class Claims:
    """What a verified token says: which account signed in, for which audience."""

    email: str
    audience: str


class PushVerifier(Protocol):
    """Checks signature, issuer, audience and expiry of a bearer token."""

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token; raise `Refused` for any other."""
        ...


@dataclass(frozen=True)
class Bearers:
    """Turns verified tokens into callers.

    Attributes:
        verifier: checks the token.
        push_account: the e-mail of the bus's subscription; only it may push.
        services: the e-mails of the services that may call.
        instant: whether verifying touches nothing outside the process; else it is done in a thread.
    """

    verifier: PushVerifier
    push_account: str = tokens.EMAIL
    services: frozenset[str] = field(default_factory=lambda: frozenset({SERVICES_ACCOUNT}))
    instant: bool = True

    def principal(self, token: str) -> Principal:
        """Return who shows the token; raise `Refused` when it is not good or nobody's."""
        claims = self.verifier.verify(token)
        if claims.email == self.push_account:
            return Principal("push", claims.email)
        if claims.email in self.services:
            return Principal("service", claims.email)
        raise Refused(Reason.WRONG_ACCOUNT)


def internal_audience(audience: str) -> str:
    """Return the audience of calls between services on one machine, where no accounts tell them from pushes."""
    return f"{audience}/internal"


@dataclass(frozen=True)
class LocalVerifier:
    """Verifies the signed tokens of one machine: a push for this service, or a call from another service."""

    keys: Sequence[tokens.PushKey]
    audience: str
    clock: Clock

    def verify(self, token: str) -> Claims:
        """Return the claims of a good token; raise `Refused` for any other."""
        try:
            return Claims(self._checked(token, self.audience).email, self.audience)
        except TokenRefused as error:
            if error.refusal is not Refusal.WRONG_AUDIENCE:
                raise refused(error) from error
        try:
            self._checked(token, internal_audience(self.audience))
        except TokenRefused as error:
            raise refused(error) from error
        return Claims(SERVICES_ACCOUNT, self.audience)

    def _checked(self, token: str, audience: str) -> Signed:
        return tokens.verify(token, self.keys, audience, self.clock.now())


@dataclass(frozen=True)
class LocalCaller:
    """Signs the calls of one service to another on one machine."""

    key: tokens.PushKey
    clock: Clock

    def headers(self, audience: str) -> dict[str, str]:
        """Return the headers of a call to the service at that address."""
        token = tokens.sign(self.key, internal_audience(audience), self.clock.now())
        return {"Authorization": f"Bearer {token}"}
