"""Sessions: a random id in a secure cookie, kept hashed, for twelve hours or until revoked."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from starlette.responses import Response

from propcast.backends.state.port import Body
from propcast.core.clock import Clock
from propcast.core.instants import text_of
from propcast.service.access import Principal, Role
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.store import Drawer, Store

LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class Cookie:
    """How an id travels; only on one machine may it do so without TLS.

    Attributes:
        purpose: what it is for besides sessions; names the cookie.
        same_site: `lax` where another site leads back to us.
    """

    secure: bool = True
    purpose: str = ""
    same_site: Literal["strict", "lax"] = "strict"
    lasts: timedelta = LIFETIME

    @property
    def name(self) -> str:
        """The cookie's name; browsers bind a `__Host-` cookie to this host, to TLS and to no other path."""
        if not self.secure:
            return f"propcast_{self.purpose or 'session'}"
        return f"__Host-propcast_{self.purpose}" if self.purpose else "__Host-propcast"

    def put(self, response: Response, value: str) -> None:
        """Give the browser the id."""
        response.set_cookie(
            self.name,
            value,
            max_age=int(self.lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite=self.same_site,
        )

    def clear(self, response: Response) -> None:
        """Take the id back."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite=self.same_site)


@dataclass(frozen=True)
class Sessions:
    """Opens, finds and ends sessions.

    Attributes:
        keys: the session keys, newest first; two may be valid while one is replaced.
    """

    store: Store
    keys: tuple[bytes, ...]
    clock: Clock
    cookie: Cookie

    def open(self, user: str) -> str:
        """Return the id of a new session; the store keeps only its keyed hash."""
        session = secrets.token_urlsafe(32)
        expires = self.clock.now() + LIFETIME
        self.store.put(
            Drawer.SESSIONS, self._hash(session, self.keys[0]), {"user": user, "expires_at": text_of(expires)}
        )
        return session

    def principal(self, session: str) -> Principal:
        """Return who the session belongs to; raise `Refused` unless it is open and the account may still sign in."""
        kept = self._find(session)
        if kept is None:
            raise Refused(Reason.UNKNOWN_SESSION)
        if str(kept["expires_at"]) <= text_of(self.clock.now()):
            raise Refused(Reason.EXPIRED)
        account = self.store.get(Drawer.ACCOUNTS, str(kept["user"]))
        if account is None or account.get("disabled"):
            raise Refused(Reason.UNKNOWN_SESSION)
        return Principal("user", str(kept["user"]), Role(str(account["role"])), session)

    def end(self, session: str) -> None:
        """Revoke one session."""
        for key in self.keys:
            self.store.delete(Drawer.SESSIONS, self._hash(session, key))

    def end_all(self, user: str) -> int:
        """Revoke every session of a person and return how many there were."""
        found = self.store.find(Drawer.SESSIONS, "user", user)
        for key, _ in found:
            self.store.delete(Drawer.SESSIONS, key)
        return len(found)

    def csrf_token(self, session: str) -> str:
        """Return the token that every change must carry; it belongs to this session alone."""
        return self._hash(f"csrf {session}", self.keys[0])

    def is_csrf_token(self, session: str, token: str) -> bool:
        """Return whether a change carries this session's token."""
        told = token.encode()
        return any(hmac.compare_digest(self._hash(f"csrf {session}", key).encode(), told) for key in self.keys)

    def _find(self, session: str) -> Body | None:
        found = (self.store.get(Drawer.SESSIONS, self._hash(session, key)) for key in self.keys)
        return next((kept for kept in found if kept is not None), None)

    def _hash(self, text: str, key: bytes) -> str:
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
