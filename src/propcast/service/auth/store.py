"""Where sessions, keys, accounts, attempts and strikes are kept: small documents, in memory or in the state store."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock
from typing import Protocol

from propcast.backends.state.port import Body, Collection, State, Transaction, Where
from propcast.backends.state.retention import forget


class Drawer(Enum):
    """The kinds of documents, each with the fields that it can be searched by."""

    SESSIONS = Collection("auth_sessions", ("user", "expires_at"))
    KEYS = Collection("auth_keys", ("owner", "expires_at"))
    ACCOUNTS = Collection("auth_accounts", ("role",))
    COUNTERS = Collection("auth_counters", ("ends_at",))
    ATTEMPTS = Collection("auth_attempts", ("expires_at",))
    STRIKES = Collection("push_strikes", ("at",))


class Store(Protocol):
    """Keeps documents by key."""

    def get(self, drawer: Drawer, key: str) -> Body | None:
        """Return a document; None when there is none."""
        ...

    def put(self, drawer: Drawer, key: str, document: Body) -> None:
        """Create or replace a document."""
        ...

    def delete(self, drawer: Drawer, key: str) -> None:
        """Remove a document; one that is absent is fine."""
        ...

    def change(self, drawer: Drawer, key: str, by: Callable[[Body | None], Body]) -> Body:
        """Replace a document by what `by` makes of it, with nobody in between; return the new one."""
        ...

    def find(self, drawer: Drawer, field: str, value: str) -> list[tuple[str, Body]]:
        """Return the documents whose field has the value."""
        ...


class MemoryStore:
    """Keeps documents in this process: for tests, and for what may be forgotten at a restart."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Drawer, str], Body] = {}
        self._lock = Lock()

    def get(self, drawer: Drawer, key: str) -> Body | None:
        """Return a document; None when there is none."""
        found = self._kept.get((drawer, key))
        return dict(found) if found is not None else None

    def put(self, drawer: Drawer, key: str, document: Body) -> None:
        """Create or replace a document."""
        self._kept[drawer, key] = dict(document)

    def delete(self, drawer: Drawer, key: str) -> None:
        """Remove a document; one that is absent is fine."""
        self._kept.pop((drawer, key), None)

    def change(self, drawer: Drawer, key: str, by: Callable[[Body | None], Body]) -> Body:
        """Replace a document by what `by` makes of it, with nobody in between; return the new one."""
        with self._lock:
            changed = by(self.get(drawer, key))
            self.put(drawer, key, changed)
            return changed

    def find(self, drawer: Drawer, field: str, value: str) -> list[tuple[str, Body]]:
        """Return the documents whose field has the value."""
        kept = list(self._kept.items())
        return [(key, dict(doc)) for (where, key), doc in kept if where is drawer and doc.get(field) == value]


REMEMBERED = timedelta(days=7)
"""How long the strikes of a message are kept: longer than any bus delivers it again."""


def tidy(state: State, now: datetime) -> int:
    """Delete what has ended: sessions, attempts, keys, counts of past windows, old strikes; return how much."""
    ends = [(Drawer.SESSIONS, "expires_at", now), (Drawer.KEYS, "expires_at", now), (Drawer.COUNTERS, "ends_at", now),
            (Drawer.ATTEMPTS, "expires_at", now), (Drawer.STRIKES, "at", now - REMEMBERED)]  # fmt: skip
    return sum(forget(state, drawer.value, field, before) for drawer, field, before in ends)


class StateStore:
    """Keeps documents in the state store, where all instances see them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, drawer: Drawer, key: str) -> Body | None:
        """Return a document; None when there is none."""
        return self._state.get(drawer.value, key)

    def put(self, drawer: Drawer, key: str, document: Body) -> None:
        """Create or replace a document."""
        self._state.transact(lambda tx: tx.put(drawer.value, key, document))

    def delete(self, drawer: Drawer, key: str) -> None:
        """Remove a document; one that is absent is fine."""
        self._state.transact(lambda tx: tx.delete(drawer.value, key))

    def change(self, drawer: Drawer, key: str, by: Callable[[Body | None], Body]) -> Body:
        """Replace a document by what `by` makes of it, with nobody in between; return the new one."""

        def work(tx: Transaction) -> Body:
            changed = by(tx.get(drawer.value, key))
            tx.put(drawer.value, key, changed)
            return changed

        return self._state.transact(work)

    def find(self, drawer: Drawer, field: str, value: str) -> list[tuple[str, Body]]:
        """Return the documents whose field has the value."""
        return [(found.key, found.body) for found in self._state.find(drawer.value, [Where(field, "==", value)])]
