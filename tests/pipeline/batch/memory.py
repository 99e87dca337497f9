"""Stores in memory, as quick as protocol tests need them; the real ones have conformance suites of their own."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from propcast.backends.bus.port import Body
from propcast.backends.warehouse.port import Condition, Stamp, WriteResult
from propcast.core.errors import InputError, StoreConflict
from propcast.tables.content import frame_hash
from propcast.tables.schema import Table
from tests.leaks.shelf import Shelf


class MemoryWarehouse(Shelf):
    """Tables as frames; one writer at a time, readers see whole writes only."""

    round_trips = 0

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        super().__init__(frames)
        self._lock = threading.Lock()

    def write(self, table: Table, frame: pl.DataFrame, stamp: Stamp, *, scope: Sequence[Condition] = ()) -> WriteResult:
        with self._lock:
            return super().write(table, frame, stamp, scope=scope)

    def count(self, table: Table, where: Sequence[Condition] = ()) -> int:
        return self.read(table, where).height

    def content_hash(self, table: Table, where: Sequence[Condition] = ()) -> str:
        return frame_hash(self.read(table, where), table.content_columns)


class MemoryObjects:
    """Immutable blobs in a dict."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> str:
        if self.blobs.setdefault(key, body) != body:
            raise StoreConflict(f"{key} holds something else")
        return hashlib.sha256(body).hexdigest()

    def get(self, key: str) -> bytes:
        if key not in self.blobs:
            raise InputError(f"no object {key}")
        return self.blobs[key]

    def exists(self, key: str) -> bool:
        return key in self.blobs

    def discard(self, key: str) -> None:
        self.blobs.pop(key, None)

    def sweep(self, before: datetime) -> int:
        return 0


class Posted:
    """A bus that keeps what it was given: (topic, body, attributes)."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Body, Mapping[str, str]]] = []

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        first = len(self.messages)
        self.messages += [(topic, body, attributes) for body, attributes in messages]
        return [str(first + i) for i in range(len(messages))]

    def of(self, topic: str) -> list[Body]:
        return [body for name, body, _ in self.messages if name == topic]
