"""Signing in and out with a local account."""

from dataclasses import dataclass

from propcast.service.auth.accounts import Accounts
from propcast.service.auth.guard import too_many
from propcast.service.auth.rates import SIGN_IN, Limiter
from propcast.service.auth.refusal import Refused, unauthorised
from propcast.service.auth.sessions import Sessions


@dataclass(frozen=True)
class SignIn:
    """Checks name and password and opens a session; guesses are counted per address and per name."""

    accounts: Accounts
    sessions: Sessions
    limiter: Limiter

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Return the id of a new session, for its cookie; it blocks. Raises the problem 401 or 429."""
        for subject in (f"address {address}", f"name {name[:64]}"):
            if wait := self.limiter.wait_s(SIGN_IN, subject):
                raise too_many(wait)
        try:
            self.accounts.check(name, password)
        except Refused as refused:
            raise unauthorised(refused.reason) from refused
        return self.sessions.open(name)


def local_path(told: str, otherwise: str = "/") -> str:
    """Return where to go after signing in: a path of ours, never another site's address."""
    ours = told.startswith("/") and not told.startswith(("//", "/\\")) and "\\" not in told and told.isprintable()
    return told if ours else otherwise
