"""Where sessions, keys, accounts and strikes are kept: a few small documents, in memory or in the state store."""

from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import Protocol

Document = dict[str, object]


class Drawer(StrEnum):
    """The kinds of documents."""

    SESSIONS = "auth_sessions"
    KEYS = "auth_keys"
    ACCOUNTS = "auth_accounts"
    COUNTERS = "auth_counters"
    STRIKES = "push_strikes"


class Store(Protocol):
    """Keeps documents by key."""

    def get(self, drawer: Drawer, key: str) -> Document | None:
        """Return a document; None when there is none."""
        ...

    def put(self, drawer: Drawer, key: str, document: Document) -> None:
        """Create or replace a document."""
        ...

    def delete(self, drawer: Drawer, key: str) -> None:
        """Remove a document; one that is absent is fine."""
        ...

    def change(self, drawer: Drawer, key: str, by: Callable[[Document | None], Document]) -> Document:
        """Replace a document by what `by` makes of it, with nobody in between; return the new one."""
        ...

    def find(self, drawer: Drawer, field: str, value: str) -> list[tuple[str, Document]]:
        """Return the documents whose field has the value."""
        ...


class MemoryStore:
    """Keeps documents in this process: for tests, and for what may be forgotten at a restart."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Drawer, str], Document] = {}
        self._lock = Lock()

    def get(self, drawer: Drawer, key: str) -> Document | None:
        """Return a document; None when there is none."""
        found = self._kept.get((drawer, key))
        return dict(found) if found is not None else None

    def put(self, drawer: Drawer, key: str, document: Document) -> None:
        """Create or replace a document."""
        self._kept[drawer, key] = dict(document)

    def delete(self, drawer: Drawer, key: str) -> None:
        """Remove a document; one that is absent is fine."""
        self._kept.pop((drawer, key), None)

    def change(self, drawer: Drawer, key: str, by: Callable[[Document | None], Document]) -> Document:
        """Replace a document by what `by` makes of it, with nobody in between; return the new one."""
        with self._lock:
            changed = by(self.get(drawer, key))
            self.put(drawer, key, changed)
            return changed

    def find(self, drawer: Drawer, field: str, value: str) -> list[tuple[str, Document]]:
        """Return the documents whose field has the value."""
        kept = list(self._kept.items())
        return [(key, dict(doc)) for (where, key), doc in kept if where is drawer and doc.get(field) == value]
