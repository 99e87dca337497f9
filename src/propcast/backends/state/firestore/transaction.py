"""One attempt of a transaction in Firestore."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from propcast.backends.state.firestore.reading import Reading
from propcast.backends.state.firestore.writes import Writes
from propcast.backends.state.port import Body, Collection, Document, Where
from propcast.backends.state.rules import check_change, check_key, encode
from propcast.core.clock import Clock
from propcast.core.errors import PropCastError, StoreConflict, StoreRefused, StoreUnavailable

_START = datetime(1970, 1, 1, tzinfo=UTC)


class FirestoreTransaction:
    """`port.Transaction`: reads belong to a transaction of Firestore, which begins with the first; writes wait."""

    def __init__(self, reading: Reading, clock: Clock | None, previous: bytes) -> None:
        self.writes = Writes()
        self.id = b""
        self.lost = False
        self._reading = reading
        self._clock = clock
        self._previous = previous
        self._now: datetime | None = None
        self._ordered_at: datetime | None = None
        self._orders = 0
        self._own = token_hex(4)
        self._is_open = True

    @property
    def now(self) -> datetime:
        """The store's time when it was first asked for."""
        self._require_open()
        if self._now is None:
            self._now = self._reading.now() if self._clock is None else self._clock.now()
        return self._now

    def get(self, collection: Collection, key: str) -> Body | None:
        """Return the body, or None when there is no such document."""
        with self._reads(collection):
            return self._reading.get(collection, key, self._begun())

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
        with self._reads(collection):
            return self._reading.find(collection, where, order_by, descending, limit, self._begun())

    def order(self) -> str:
        """Return Firestore's time now, that is: after every commit that was seen here, and after every one before.

        A time before a commit is before that commit's own, so what is given out later is later, whatever any clock of
        ours says. Two at the same instant are told apart at random.
        """
        self._require_open()
        if self._ordered_at is None:
            self._ordered_at = self._reading.now()
        if self._now is None and self._clock is None:
            self._now = self._ordered_at
        self._orders += 1
        micros = (self._ordered_at - _START) // timedelta(microseconds=1)
        return f"{micros:017d}.{self._own}.{self._orders:06d}"

    def insert(self, collection: Collection, key: str, body: Body) -> None:
        """Create a document at the end of the transaction; `StoreConflict` then, when the key exists."""
        text = encode(collection, key, body)
        self._writable(collection, key).insert(collection, key, text)

    def put(self, collection: Collection, key: str, body: Body) -> None:
        """Create or replace a document at the end of the transaction."""
        check_change(collection)
        text = encode(collection, key, body)
        self._writable(collection, key).put(collection, key, text)

    def delete(self, collection: Collection, key: str) -> None:
        """Remove a document at the end of the transaction."""
        check_change(collection)
        self._writable(collection, key).put(collection, key, None)

    def close(self) -> None:
        """Refuse whatever is asked from now on."""
        self._is_open = False

    def abandon(self) -> None:
        """Give up what was begun."""
        if self.id:
            # Whatever fails here, the transaction ends by itself.
            with suppress(PropCastError):
                self._reading.calls.rollback(self.id)

    def _begun(self) -> bytes:
        if not self.id:
            self.id = self._reading.begin(self._previous)
        return self.id

    @contextmanager
    def _reads(self, collection: Collection) -> Iterator[None]:
        self._require_open()
        if self.writes:
            raise PropCastError(
                f"{collection.name} is read after a write of the same transaction; reads come before the first write"
            )
        self._ordered_at = None
        try:
            yield
        except (StoreConflict, StoreRefused) as error:
            if not is_lost(error):
                raise
            # The work may catch this; the attempt is lost all the same.
            self.lost = True
            raise StoreUnavailable(str(error)) from error

    def _writable(self, collection: Collection, key: str) -> Writes:
        self._require_open()
        check_key(collection, key)
        return self.writes

    def _require_open(self) -> None:
        if not self._is_open:
            raise PropCastError("this transaction has ended; use it only inside the work given to `transact`")


def is_lost(error: PropCastError) -> bool:
    """Tell whether an error means that another transaction was first, or that this one took too long."""
    from google.api_core.exceptions import Aborted, InvalidArgument

    cause = error.__cause__
    told = str(cause).lower()
    return isinstance(cause, Aborted) or (
        isinstance(cause, InvalidArgument) and "transaction" in told and ("expired" in told or "invalid" in told)
    )
