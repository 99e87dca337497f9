"""The state store in Firestore, shared by all processes of an environment."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from propcast.backends.state.firestore.attempts import Attempts
from propcast.backends.state.firestore.calls import Calls, Used
from propcast.backends.state.firestore.reading import Place, Reading
from propcast.backends.state.firestore.writes import Ages
from propcast.backends.state.port import Body, Collection, Document, Transaction, Where
from propcast.backends.state.retention import AGES
from propcast.core.clock import Clock
from propcast.core.errors import PropCastError

T = TypeVar("T")

KEPT = timedelta(days=30)
"""Firestore deletes what `retention` knows after this by itself, should nobody prune."""


class FirestoreState:
    """`port.State` in one database: serialisable transactions that nobody waits for, run again where they lost.

    The time is Firestore's own, unless a clock is given: one on which all processes agree.
    """

    def __init__(self, calls: Calls, place: Place, clock: Clock | None = None) -> None:
        self._reading = Reading(calls, place)
        self._clock = clock
        self._inside = threading.local()
        self._ages: Ages = {collection.name: {field: KEPT} for collection, field in AGES.items()}

    @property
    def used(self) -> Used:
        """What this handle has asked of Firestore."""
        return self._reading.calls.used

    def get(self, collection: Collection, key: str) -> Body | None:
        """Return the body, or None when there is no such document."""
        return self._reading.get(collection, key)

    def find(
        self,
        collection: Collection,
        where: Sequence[Where] = (),
        *,
        order_by: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Document]:
        """Return documents that meet every condition, in order."""
        return self._reading.find(collection, where, order_by, descending, limit)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` as one transaction, again where it lost, and return what the run that was committed returned."""
        with self._no_other():
            return Attempts(self._reading, self._ages, self._clock, work).result()

    def now(self) -> datetime:
        """Return the store's time."""
        return self._reading.now() if self._clock is None else self._clock.now()

    @contextmanager
    def _no_other(self) -> Iterator[None]:
        if getattr(self._inside, "one", False):
            raise PropCastError("a transaction was opened inside a transaction; hand the open one on instead")
        self._inside.one = True
        try:
            yield
        finally:
            self._inside.one = False
