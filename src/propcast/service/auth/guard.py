"""Finds out who calls, from at most one credential in the headers; a wrong one is never taken for none."""

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from propcast.service.access import Principal
from propcast.service.auth import keys as api_keys
from propcast.service.auth.addresses import Proxies
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.push import Bearers
from propcast.service.auth.rates import ADDRESS, PERSON, Limiter
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.sessions import Sessions
from propcast.service.problems import Problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf_token"


@dataclass(frozen=True)
class Guard:
    """The credentials that a service takes, and how often it lets somebody ask.

    Attributes:
        bearers: tokens of the bus and of services.
        keys: API keys, in a header of their own or as a bearer token.
        sessions: people in a browser.
        limiter: None where nothing but verified tokens and open paths exists.
        proxies: whose forwarding headers are believed.
        sign_in_path: where a browser without a session is sent.
    """

    bearers: Bearers | None = None
    keys: ApiKeys | None = None
    sessions: Sessions | None = None
    limiter: Limiter | None = None
    proxies: Proxies = field(default_factory=Proxies)
    sign_in_path: str = ""

    @property
    def verifies_instantly(self) -> bool:
        """Whether tokens are verified without input or output."""
        return self.bearers is None or self.bearers.instant

    def identify(self, request: HTTPConnection) -> Principal | None:
        """Return who calls, None when no credential is shown; raise `Refused` for one that is not good."""
        authorization, key = request.headers.get("authorization"), request.headers.get(api_keys.HEADER)
        if authorization is not None:
            return self._by_token(authorization)
        if key is not None:
            if self.keys is None:
                raise Refused(Reason.UNKNOWN_KEY)
            return self.keys.principal(key)
        session = request.cookies.get(self.sessions.cookie.name) if self.sessions else None
        return self.sessions.principal(session) if session and self.sessions else None

    def _by_token(self, authorization: str) -> Principal:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(Reason.MALFORMED)
        if self.keys is not None and token.startswith(api_keys.PREFIX):  # collectors can send no header of ours
            return self.keys.principal(token)
        if self.bearers is None:
            raise Refused(Reason.FORGED)
        return self.bearers.principal(token)

    def admit_address(self, address: str) -> None:
        """Count one request of an address; raise the problem 429 when there were too many."""
        if self.limiter is not None and (wait := self.limiter.wait_s(ADDRESS, address)):
            raise too_many(wait)

    def admits_at_once(self, address: str) -> bool:
        """Return whether a request of an address passes without asking a store; it is counted if so."""
        return self.limiter is None or self.limiter.passes_at_once(ADDRESS, address)

    def admit_person(self, principal: Principal) -> None:
        """Count one request of a person or key; raise the problem 429 when there were too many."""
        if self.limiter is not None and (wait := self.limiter.wait_s(PERSON, f"{principal.kind} {principal.name}")):
            raise too_many(wait)


def too_many(wait_s: int) -> Problem:
    """Return the 429 of a rate limit."""
    return Problem(429, "Too many requests; wait and try again.", "rate_limited", {"Retry-After": str(wait_s)})


def shows_credential(request: HTTPConnection) -> bool:
    """Return whether a request carries anything that could be a credential."""
    return "authorization" in request.headers or api_keys.HEADER in request.headers or bool(request.cookies)


def foreign(request: HTTPConnection) -> bool:
    """Return whether a browser says that another site sent this request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")
