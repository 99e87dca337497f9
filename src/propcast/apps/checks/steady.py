"""A warehouse for checks, which ask the same every few seconds: a table is read again when it has another version."""

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import cast

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Condition, Warehouse
from propcast.tables.schema import Table

MOST = 64
"""So many answers are kept; checks ask few questions, but each about another day every day."""


def steady(backends: Backends) -> Backends:
    """Return the backends with a warehouse that says again what a table of the same version said before."""
    return replace(backends, warehouse=cast("Warehouse", _Steady(backends.warehouse)))


class _Steady:
    """Remembers the answers of `read` and `distinct`; all else goes to the warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._kept: dict[Hashable, tuple[int, pl.DataFrame]] = {}
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> object:
        return getattr(self._warehouse, name)

    def read(
        self,
        table: Table,
        where: Sequence[Condition] = (),
        *,
        columns: Sequence[str] | None = None,
        lineage: bool = False,
    ) -> pl.DataFrame:
        asked = (table.name, *where, "columns", *(columns or ()), lineage)
        return self._said(table, asked, lambda: self._warehouse.read(table, where, columns=columns, lineage=lineage))

    def distinct(self, table: Table, columns: Sequence[str], where: Sequence[Condition] = ()) -> pl.DataFrame:
        asked = (table.name, *where, "distinct", *columns)
        return self._said(table, asked, lambda: self._warehouse.distinct(table, columns, where))

    def _said(self, table: Table, asked: Hashable, ask: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        version = self._warehouse.version(table)  # before the read: an answer newer than its version is asked for again
        kept = self._kept.get(asked)
        if kept is not None and kept[0] == version:
            return kept[1]
        said = ask()
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[asked] = version, said
        return said
