"""A transaction, attempted until it is committed once.

With its effect every attempt writes a marker of the transaction, which must not be there before. So when an answer is
lost, the marker tells whether the attempt was committed; and should it be committed later than anybody thought, the
marker of the next attempt collides with it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import uuid4

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1.types import Precondition, Write

from propcast.backends.state.firestore.documents import attempt_of, marker
from propcast.backends.state.firestore.indexes import COMMITS
from propcast.backends.state.firestore.reading import Reading
from propcast.backends.state.firestore.transaction import FirestoreTransaction, is_lost
from propcast.backends.state.firestore.writes import Ages, exists_already
from propcast.backends.state.port import Transaction
from propcast.core.clock import Clock, SystemClock
from propcast.core.errors import PropCastError, StoreConflict, StoreRefused, StoreUnavailable

T = TypeVar("T")

_REMEMBERED = timedelta(days=1)


class _Again(Exception):
    """This attempt came to nothing, as far as is known; the next may do better."""


class Attempts(Generic[T]):
    """The attempts of one transaction."""

    def __init__(
        self,
        reading: Reading,
        ages: Ages,
        clock: Clock | None,
        work: Callable[[Transaction], T],
    ) -> None:
        self._waiting = reading.calls.patience.begin()
        self._reading = replace(reading, waiting=self._waiting)
        self._ages = ages
        self._clock = clock
        self._work = work
        self._marker = reading.place.name(COMMITS, uuid4().hex)
        self._results: list[T] = []
        self._unsure = False
        self._previous = b""

    def result(self) -> T:
        """Return what the work returned in the attempt that was committed."""
        while True:
            try:
                return self._attempt()
            except _Again as again:
                if not self._waiting.pause():
                    return self._last(again)

    def _attempt(self) -> T:
        done = self._committed()
        if done:
            return done[0]
        transaction = FirestoreTransaction(self._reading, self._clock, self._previous)
        try:
            result = self._work(transaction)
            transaction.writes.require_no_clash()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the transaction is given up first
            transaction.abandon()
            return self._failed(transaction, error)
        finally:
            transaction.close()
        if transaction.lost:
            transaction.abandon()
            raise _Again("another transaction was first")
        self._previous = transaction.id
        self._results.append(result)
        return self._commit(transaction)

    def _failed(self, transaction: FirestoreTransaction, error: BaseException) -> T:
        """What the work raised counts, unless it was lost, or saw what an attempt before it did after all."""
        self._previous = transaction.id
        done = self._committed() if isinstance(error, Exception) else []
        if done:
            return done[0]
        if transaction.lost:
            raise _Again(str(error)) from error
        raise error

    def _commit(self, transaction: FirestoreTransaction) -> T:
        if not transaction.writes and not transaction.id:
            return self._results[-1]
        try:
            self._reading.calls.commit(self._messages(transaction), transaction.id)
        except (StoreUnavailable, StoreConflict, StoreRefused) as error:
            # A commit that never arrived leaves its locks, and the next attempt would wait a minute for them.
            transaction.abandon()
            return self._uncommitted(transaction, error)
        return self._results[-1]

    def _uncommitted(self, transaction: FirestoreTransaction, error: PropCastError) -> T:
        if isinstance(error, StoreUnavailable):
            self._unsure = self._unsure or bool(transaction.writes)
        if isinstance(error, StoreUnavailable) or is_lost(error):
            raise _Again(str(error)) from error
        done = self._committed()
        if done:
            return done[0]
        raise self._named(transaction, error) from error

    def _messages(self, transaction: FirestoreTransaction) -> list[Write]:
        if not transaction.writes:
            return []
        mark = marker(self._marker, len(self._results), SystemClock().now() + _REMEMBERED)
        absent = Precondition(exists=False)
        changes = transaction.writes.messages(self._reading.place, self._ages)
        return [Write(update=mark, current_document=absent), *changes]

    def _committed(self) -> list[T]:
        """Return the result of the attempt that was committed, if it is not known that none was and one was."""
        if not self._unsure:
            return []
        found = self._reading.stored([self._marker]).found.get(self._marker)
        return [] if found is None else [self._results[attempt_of(found) - 1]]

    def _named(self, transaction: FirestoreTransaction, error: PropCastError) -> PropCastError:
        if not isinstance(error.__cause__, AlreadyExists):
            return error
        new = transaction.writes.new(self._reading.place)
        there = self._reading.stored(list(new)).found if new else {}
        return next((exists_already(*new[name]) for name in there), error)

    def _last(self, again: _Again) -> T:
        done = self._committed()
        if done:
            return done[0]
        doubt = "; an attempt may yet be committed" if self._unsure else "; nothing was written"
        raise StoreUnavailable(f"{again}{doubt}; try again later") from again
