"""Reads of the state store, inside a transaction and outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from google.cloud.firestore_v1.types import Document as Stored

from propcast.backends.google.patience import Waiting
from propcast.backends.state.firestore import documents
from propcast.backends.state.firestore.calls import Answer, Calls
from propcast.backends.state.firestore.matching import Conditions, in_order
from propcast.backends.state.firestore.names import id_of
from propcast.backends.state.firestore.query import Plan, plan
from propcast.backends.state.firestore.values import is_cut
from propcast.backends.state.port import Body, Collection, Document, Where
from propcast.backends.state.rules import check_key, check_query, values_of


@dataclass(frozen=True)
class Place:
    """The documents of one environment: a database, and what the names of its collections begin with."""

    database: str
    prefix: str

    @property
    def root(self) -> str:
        """The parent of all collections."""
        return f"{self.database}/documents"

    def stored_as(self, collection: str) -> str:
        """Return what a collection is called."""
        return f"{self.prefix}{collection}"

    def name(self, collection: str, key: str) -> str:
        """Return the full name of a key's document."""
        return f"{self.root}/{self.stored_as(collection)}/{id_of(key)}"


@dataclass(frozen=True)
class Reading:
    """Reads of one environment; those of a transaction name it.

    `waiting` is the budget that they share; without one each has its own.
    """

    calls: Calls
    place: Place
    waiting: Waiting | None = None

    def begin(self, previous: bytes) -> bytes:
        """Begin a transaction, in the place of one that lost."""
        return self.calls.begin(previous, self.waiting)

    def stored(self, names: Sequence[str], transaction: bytes = b"") -> Answer:
        """Return documents by their full names, as they are stored."""
        return self.calls.get(names, transaction, self.waiting)

    def get(self, collection: Collection, key: str, transaction: bytes = b"") -> Body | None:
        """Return the body, or None when there is no such document."""
        check_key(collection, key)
        name = self.place.name(collection.name, key)
        found = self.stored([name], transaction).found.get(name)
        return None if found is None else documents.read(found).body

    def find(
        self,
        collection: Collection,
        where: Sequence[Where],
        order_by: str | None,
        descending: bool,
        limit: int | None,
        transaction: bytes = b"",
    ) -> list[Document]:
        """Return documents as `port.Reader.find` does."""
        check_query(collection, where, order_by, limit)
        if any(condition.op == "in" and not values_of(condition) for condition in where):
            return []
        planned = plan(self.place.stored_as(collection.name), collection, where, order_by, descending, limit)
        found = self._found(planned, Conditions(where), limit if planned.in_order else None, transaction)
        if limit is not None and planned.in_order and any(_is_cut(document, order_by) for document in found):
            # Long texts that begin alike are in no order in the index: read them all.
            planned = plan(self.place.stored_as(collection.name), collection, where, order_by, descending, None)
            found = self._found(planned, Conditions(where), None, transaction)
        return in_order(found, order_by, descending)[:limit]

    def now(self) -> datetime:
        """Return Firestore's time: when it looked for a document that is not there."""
        return self.stored([self.place.name("clock", "now")]).at

    def _found(self, planned: Plan, conditions: Conditions, limit: int | None, transaction: bytes) -> list[Document]:
        def take(stored: Iterator[Stored]) -> list[Document]:
            met = (document for document in map(documents.read, stored) if conditions.hold(document.body))
            return list(islice(met, limit))

        return self.calls.query(self.place.root, planned.query, transaction, take, self.waiting)


def _is_cut(document: Document, field: str | None) -> bool:
    value = document.body.get(field) if field else None
    return isinstance(value, str) and is_cut(value)
