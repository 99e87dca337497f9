"""Attempts to sign in elsewhere: each belongs to one browser, is good once, and ends after ten minutes."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from propcast.backends.state.port import Body
from propcast.core.clock import Clock
from propcast.core.instants import text_of
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.store import Drawer, Store

LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Attempt:
    """One attempt.

    Attributes:
        state: comes back with the answer; it names the attempt.
        browser: kept in a cookie; only who shows it may finish.
        nonce: must stand in the token.
        verifier: shown when the code is exchanged; the issuer has its hash.
        onward: where to go afterwards, a path of ours.
    """

    state: str
    browser: str
    nonce: str
    verifier: str
    onward: str


@dataclass(frozen=True)
class Attempts:
    """Keeps attempts where all instances see them."""

    store: Store
    clock: Clock

    def draw(self, onward: str) -> Attempt:
        """Return a new attempt, not kept yet."""
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        return Attempt(state, browser, nonce, verifier, onward)

    def keep(self, attempt: Attempt) -> None:
        """Keep an attempt until it is taken or ends; what names it is kept as hashes."""
        document: Body = {
            "browser": _hash(attempt.browser),
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "onward": attempt.onward,
            "expires_at": text_of(self.clock.now() + LASTS),
            "taken": 0,
        }
        self.store.put(Drawer.ATTEMPTS, _hash(attempt.state), document)

    def take(self, state: str, browser: str) -> Attempt:
        """Return the attempt of that state; `Refused` unless this browser began it lately and nobody took it before."""
        key = _hash(state)
        kept = self.store.get(Drawer.ATTEMPTS, key)
        if kept is None or not hmac.compare_digest(str(kept["browser"]), _hash(browser)):
            raise Refused(Reason.UNKNOWN_ATTEMPT)
        if str(kept["expires_at"]) <= text_of(self.clock.now()):
            raise Refused(Reason.EXPIRED)
        taken = self.store.change(Drawer.ATTEMPTS, key, lambda now: _taken(now or kept))["taken"]
        if taken != 1:
            raise Refused(Reason.UNKNOWN_ATTEMPT)
        return Attempt(state, browser, str(kept["nonce"]), str(kept["verifier"]), str(kept["onward"]))


def _taken(kept: Body) -> Body:
    return {**kept, "taken": int(str(kept["taken"])) + 1}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()  # 256 random bits need no slow hash
