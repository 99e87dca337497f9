"""API keys: shown once, kept hashed, for some services, with one role and an end."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from propcast.backends.state.port import Body
from propcast.core.clock import Clock
from propcast.core.errors import InputError
from propcast.core.instants import text_of
from propcast.service.access import Principal, Role
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.store import Drawer, Store

HEADER = "x-api-key"
PREFIX = "pck_"
LONGEST = timedelta(days=366)

_FORM = re.compile(PREFIX + r"([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class ApiKeys:
    """Issues and checks the keys of one service.

    Attributes:
        service: only keys whose scope names this service are good here.
    """

    store: Store
    clock: Clock
    service: str

    def issue(self, owner: str, role: Role, services: Sequence[str], lifetime: timedelta) -> str:
        """Return a new key; it is shown this once, the store keeps its hash."""
        if not timedelta(0) < lifetime <= LONGEST:
            raise InputError(f"a key lives for {lifetime.days} days; choose 1 to {LONGEST.days}")
        number, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        expires = text_of(self.clock.now() + lifetime)
        kept: Body = {"owner": owner, "role": str(role), "services": list(services), "expires_at": expires}
        self.store.put(Drawer.KEYS, number, {**kept, "hash": _hash(secret)})
        return f"{PREFIX}{number}_{secret}"

    def revoke(self, number: str) -> None:
        """End a key, named by the 16 digits in its middle."""
        self.store.delete(Drawer.KEYS, number)

    def principal(self, key: str) -> Principal:
        """Return whose key it is; raise `Refused` unless it is known, unexpired and meant for this service."""
        form = _FORM.fullmatch(key)
        if form is None:
            raise Refused(Reason.MALFORMED)
        number, secret = form.groups()
        kept = self.store.get(Drawer.KEYS, number)
        if not hmac.compare_digest(str((kept or {}).get("hash", "")), _hash(secret)) or kept is None:
            raise Refused(Reason.UNKNOWN_KEY)
        if str(kept["expires_at"]) <= text_of(self.clock.now()):
            raise Refused(Reason.EXPIRED)
        services = kept["services"]
        if not isinstance(services, list) or self.service not in services:
            raise Refused(Reason.WRONG_AUDIENCE)
        return Principal("key", f"{kept['owner']} ({number})", Role(str(kept["role"])))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # 256 random bits need no slow hash
