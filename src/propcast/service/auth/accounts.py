"""Accounts: names, argon2 hashes of those that have a password here, roles."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_urlsafe
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from propcast.backends.state.port import Body
from propcast.core.errors import InputError
from propcast.service.access import Role
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.store import Drawer, Store

SHORTEST = 12
LONGEST = 256
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_AT_ONCE = 2
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True)
class Accounts:
    """Creates accounts and checks passwords; at most two checks run at once, each takes 19 MiB."""

    store: Store
    hasher: PasswordHasher = field(default_factory=lambda: _HASHER)
    _turn: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE), repr=False, compare=False)

    def save(self, name: str, password: str, role: Role) -> None:
        """Create an account or replace its password and role."""
        if not _NAME.fullmatch(name):
            raise InputError(f"{name!r} cannot be an account: small letters, digits, and . _ @ + - up to 64 characters")
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"a password has {SHORTEST} to {LONGEST} characters")
        self._put(name, self.hasher.hash(password), role)

    def save_without_password(self, email: str, role: Role) -> None:
        """Create an account that only an issuer can sign in, or take the password of an existing one away."""
        if not _NAME.fullmatch(email) or "@" not in email:
            raise InputError(f"{email!r} is no e-mail address in small letters; an issuer knows people by theirs")
        self._put(email, "", role)

    def of_email(self, email: str) -> str:
        """Return the account that a verified e-mail names; raise `Refused` when there is none that may sign in."""
        name = email.lower() if email.isascii() and "@" in email else ""  # other letters may fold into ours
        kept = self.store.get(Drawer.ACCOUNTS, name) if _NAME.fullmatch(name) else None
        if kept is None or kept.get("disabled"):
            raise Refused(Reason.UNKNOWN_ACCOUNT)
        return name

    def exists(self, name: str) -> bool:
        """Tell whether there is an account of that name, disabled or not."""
        return self.store.get(Drawer.ACCOUNTS, name) is not None

    def disable(self, name: str) -> None:
        """Let an account sign in no more; its open sessions end with it."""
        kept = self.store.get(Drawer.ACCOUNTS, name)
        if kept is None:
            raise InputError(f"no account is called {name!r}")
        self.store.put(Drawer.ACCOUNTS, name, {**kept, "disabled": True})

    def check(self, name: str, password: str) -> Role:
        """Return the role of an account; raise `Refused` for a wrong password, taking as long for an unknown name."""
        kept = self.store.get(Drawer.ACCOUNTS, name) if _NAME.fullmatch(name) else None
        good = self._matches(str((kept or {}).get("hash") or self._nobody), password[:LONGEST])
        if not good or kept is None or kept.get("disabled"):
            raise Refused(Reason.WRONG_PASSWORD)
        return Role(str(kept["role"]))

    def _put(self, name: str, hashed: str, role: Role) -> None:
        document: Body = {"hash": hashed, "role": str(role), "disabled": False}
        self.store.put(Drawer.ACCOUNTS, name, document)

    def _matches(self, hashed: str, password: str) -> bool:
        with self._turn:
            try:
                return self.hasher.verify(hashed, password)
            except (VerificationError, InvalidHashError):
                return False

    @cached_property
    def _nobody(self) -> str:
        return self.hasher.hash(token_urlsafe())  # no password that anybody knows, nor of an account without one
