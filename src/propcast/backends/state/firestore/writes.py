"""The writes of a transaction: kept until its end, at most one left for each document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from google.cloud.firestore_v1.types import Precondition, Write

from propcast.backends.state.firestore.documents import stored
from propcast.backends.state.firestore.reading import Place
from propcast.backends.state.port import Collection
from propcast.core.errors import StoreConflict

Ages = Mapping[str, Mapping[str, timedelta]]
"""By collection: for how long after the instant in a field its documents are kept."""


@dataclass
class _Change:
    """What a document becomes: a body as text, or None when it is removed; `new` when it must not be there before."""

    collection: Collection
    key: str
    text: str | None
    new: bool


@dataclass
class Writes:
    """Changes in the order in which they were asked for."""

    _changes: dict[tuple[str, str], _Change] = field(default_factory=dict)
    _clash: _Change | None = None

    def __bool__(self) -> bool:
        return bool(self._changes)

    def insert(self, collection: Collection, key: str, text: str) -> None:
        """Create a document; one that this transaction has created or replaced is there, so it clashes."""
        before = self._changes.get((collection.name, key))
        change = _Change(collection, key, text, new=before is None or before.new)
        if before is not None and before.text is not None:
            self._clash = self._clash or change
        self._changes[collection.name, key] = change

    def put(self, collection: Collection, key: str, text: str | None) -> None:
        """Create or replace a document, or remove it."""
        before = self._changes.get((collection.name, key))
        new = before is not None and before.new
        self._changes[collection.name, key] = _Change(collection, key, text, new)

    def require_no_clash(self) -> None:
        """Raise `StoreConflict` when a document was to be created twice."""
        if self._clash is not None:
            raise exists_already(self._clash.collection.name, self._clash.key)

    def new(self, place: Place) -> dict[str, tuple[str, str]]:
        """Return the collections and keys that must not be there, by the document's full name."""
        changes = [change for change in self._changes.values() if change.new]
        return {place.name(each.collection.name, each.key): (each.collection.name, each.key) for each in changes}

    def messages(self, place: Place, ages: Ages) -> Iterator[Write]:
        """Return what Firestore is asked to write."""
        for change in self._changes.values():
            name = place.name(change.collection.name, change.key)
            absent = {"current_document": Precondition(exists=False)} if change.new else {}
            if change.text is None:
                yield Write(delete=name, **absent)
            else:
                kept = ages.get(change.collection.name, {})
                yield Write(update=stored(name, change.text, kept), **absent)


def exists_already(collection: str, key: str) -> StoreConflict:
    """Return the conflict of a document that was to be created and is there."""
    return StoreConflict(f"{collection} {key!r} exists already; somebody else was first")
