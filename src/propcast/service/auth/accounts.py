"""Local accounts: names, argon2 hashes, roles."""

import re
from dataclasses import dataclass, field
from functools import cached_property
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
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
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
            raise InputError(f"{name!r} cannot be an account: small letters, digits, and . _ @ - up to 64 characters")
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"a password has {SHORTEST} to {LONGEST} characters")
        document: Body = {"hash": self.hasher.hash(password), "role": str(role), "disabled": False}
        self.store.put(Drawer.ACCOUNTS, name, document)

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

    def _matches(self, hashed: str, password: str) -> bool:
        with self._turn:
            try:
                return self.hasher.verify(hashed, password)
            except (VerificationError, InvalidHashError):
                return False

    @cached_property
    def _nobody(self) -> str:
        return self.hasher.hash("nobody's password")
