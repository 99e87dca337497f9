"""Tokens of the bus and of other services: verified here, in the app, whatever stands in front of it."""

from dataclasses import dataclass
from typing import Protocol

from propcast.service.access import Principal
from propcast.service.auth.refusal import Reason, Refused


@dataclass(frozen=True)
class Claims:
    """What a verified token says: who signed in as whom, for which audience."""

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
        services: e-mail of each service that may call, and its name.
    """

    verifier: PushVerifier
    push_account: str
    services: dict[str, str]

    def principal(self, token: str) -> Principal:
        """Return who shows the token; raise `Refused` when it is not good or nobody's."""
        claims = self.verifier.verify(token)
        if claims.email == self.push_account:
            return Principal("push", claims.email)
        if claims.email in self.services:
            return Principal("service", self.services[claims.email])
        raise Refused(Reason.WRONG_ACCOUNT)
