"""The port that every state store implements: small documents, read and written in transactions."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from propcast.backends.json import Body as Body  # a word of this port
from propcast.backends.json import JsonValue as JsonValue  # a word of this port
from propcast.core.errors import InputError

Scalar: TypeAlias = bool | int | float | str | None
Operator: TypeAlias = Literal["==", "<", "<=", ">", ">=", "in"]

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Collection:
    """A named set of documents; `fields` are the top-level body fields that `find` may filter and order by.

    Every body of the collection has all of these fields, each holding a scalar (None included). In an append-only
    collection documents are inserted and never change.
    """

    name: str
    fields: tuple[str, ...] = ()
    append_only: bool = False

    def __post_init__(self) -> None:
        for name in (self.name, *self.fields):
            if not _NAME.fullmatch(name):
                raise InputError(f"{name!r} names no collection or field; use a-z, 0-9 and _, beginning with a letter")


@dataclass(frozen=True)
class Document:
    """One document: its key and its body."""

    key: str
    body: Body


@dataclass(frozen=True)
class Where:
    """One condition on a declared field; `in` takes a sequence, the others one scalar.

    Types never mix: a condition holds for values of the type of `value` only (True is no number), and the order
    comparisons take text or numbers.
    """

    field: str
    op: Operator
    value: Scalar | Sequence[Scalar]


class Reader(Protocol):
    """Reads what was committed; a transaction reads one snapshot."""

    def get(self, collection: Collection, key: str) -> Body | None:
        """Return the body, or None when there is no such document."""
        ...

    def find(
        self,
        collection: Collection,
        where: Sequence[Where] = (),
        *,
        order_by: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Document]:
        """Return documents that meet every condition, by `order_by`, ties (and without it all) by key.

        None comes first, text goes by code point, types have no order among each other; `descending` turns the whole
        order round, ties too.
        """
        ...


class Transaction(Reader, Protocol):
    """Reads, then writes, of one `State.transact`; a read after the first write is refused."""

    @property
    def now(self) -> datetime:
        """The store's time, the same during the whole transaction."""
        ...

    def order(self) -> str:
        """Return a text that sorts after every one given out before, here and in transactions committed before."""
        ...

    def insert(self, collection: Collection, key: str, body: Body) -> None:
        """Create a document; the transaction ends with `StoreConflict` when the key exists."""
        ...

    def put(self, collection: Collection, key: str, body: Body) -> None:
        """Create or replace a document."""
        ...

    def delete(self, collection: Collection, key: str) -> None:
        """Remove a document; one that is absent is fine."""
        ...


@runtime_checkable
class State(Reader, Protocol):
    """Small documents in transactions.

    A key is any text of at most 1,000 bytes in UTF-8, without NUL; a body is at most 900,000 bytes as JSON.
    """

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` as one serialisable transaction, all or nothing, and return what it returned.

        It may be run again on contention, so it has no other effect. All its reads come before its first write.
        An exception leaves nothing written; a write that lost raises `StoreConflict`, a store that does not answer
        `StoreUnavailable`.
        """
        ...

    def now(self) -> datetime:
        """Return the store's time, which every process that shares the store agrees on."""
        ...
