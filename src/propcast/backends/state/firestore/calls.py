"""Firestore's calls: each with a time limit, counted, and failing with an error that has a name."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from propcast.backends.google.errors import google_errors
from propcast.backends.google.patience import Patience, Waiting

T = TypeVar("T")
_OPTIMISTIC = types.TransactionOptions.ConcurrencyMode.OPTIMISTIC


@dataclass(frozen=True)
class Used:
    """What was asked of Firestore, as it is billed; a query that finds nothing is one read."""

    calls: int = 0
    reads: int = 0
    writes: int = 0
    deletes: int = 0


@dataclass(frozen=True)
class Answer:
    """The documents that are there, by full name, and when they were read."""

    found: dict[str, types.Document]
    at: datetime


class Calls:
    """The calls, on one database; the client is made with the first one."""

    def __init__(self, connect: Callable[[], FirestoreClient], database: str, patience: Patience) -> None:
        self.used = Used()
        self.patience = patience
        self._connect = connect
        self._database = database
        self._lock = threading.Lock()
        self._client: FirestoreClient | None = None

    def begin(self, previous: bytes, waiting: Waiting | None = None) -> bytes:
        """Return a transaction, which has the place in line of a previous one that lost.

        Nobody waits for it: it loses where somebody else commits first. A process that dies holds nothing up.
        """
        mode = types.TransactionOptions.ReadWrite(retry_transaction=previous, concurrency_mode=_OPTIMISTIC)
        options = types.TransactionOptions(read_write=mode)
        request = types.BeginTransactionRequest(database=self._database, options=options)

        def begin(limit: float) -> bytes:
            return bytes(self._api().begin_transaction(request, retry=None, timeout=limit).transaction)

        return self._again("beginning a transaction", begin, waiting)

    def get(self, names: Sequence[str], transaction: bytes = b"", waiting: Waiting | None = None) -> Answer:
        """Return the documents of those names."""
        chosen = {"transaction": transaction} if transaction else {}
        request = types.BatchGetDocumentsRequest(database=self._database, documents=names, **chosen)

        def read(limit: float) -> list[types.BatchGetDocumentsResponse]:
            return list(self._api().batch_get_documents(request, retry=None, timeout=limit))

        answers = self._again(f"reading {', '.join(names[:3])}", read, waiting)
        self._count(reads=len(names))
        found = {answer.found.name: answer.found for answer in answers if "found" in answer}
        return Answer(found, max(answer.read_time for answer in answers))

    def query(
        self,
        parent: str,
        query: types.StructuredQuery,
        transaction: bytes,
        take: Callable[[Iterator[types.Document]], T],
        waiting: Waiting | None = None,
    ) -> T:
        """Return what `take` makes of the documents that a query finds; it may stop early, and may be called again."""
        chosen = {"transaction": transaction} if transaction else {}
        request = types.RunQueryRequest(parent=parent, structured_query=query, **chosen)

        def read(limit: float) -> T:
            stream: Any = self._api().run_query(request, retry=None, timeout=limit)
            taken = take(self._counted(stream))
            stream.cancel()
            return taken

        return self._again(f"finding in {query.from_[0].collection_id}", read, waiting)

    def commit(self, writes: Sequence[types.Write], transaction: bytes) -> None:
        """Write all or nothing; asked once, because whoever has no answer does not know whether it was done."""
        request = types.CommitRequest(database=self._database, writes=writes, transaction=transaction)
        deletes = sum("delete" in write for write in writes)
        self._count(calls=1, writes=len(writes) - deletes, deletes=deletes)
        with google_errors("committing"):
            self._api().commit(request, retry=None, timeout=self.patience.call_s)

    def rollback(self, transaction: bytes) -> None:
        """Give a transaction up; one try, as it ends by itself."""
        request = types.RollbackRequest(database=self._database, transaction=transaction)
        self._count(calls=1)
        with google_errors("giving up a transaction"):
            self._api().rollback(request, retry=None, timeout=self.patience.call_s)

    def _again(self, doing: str, call: Callable[[float], T], waiting: Waiting | None) -> T:
        def once(limit: float) -> T:
            self._count(calls=1)
            return call(limit)

        return (waiting or self.patience.begin()).again(doing, once)

    def _counted(self, stream: Iterator[types.RunQueryResponse]) -> Iterator[types.Document]:
        read = 0
        try:
            for answer in stream:
                if "document" in answer:
                    read += 1
                    yield answer.document
        finally:
            self._count(reads=max(1, read))

    def _count(self, calls: int = 0, reads: int = 0, writes: int = 0, deletes: int = 0) -> None:
        with self._lock:
            old = self.used
            self.used = replace(
                old,
                calls=old.calls + calls,
                reads=old.reads + reads,
                writes=old.writes + writes,
                deletes=old.deletes + deletes,
            )

    def _api(self) -> FirestoreClient:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client
