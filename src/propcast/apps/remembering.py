"""A warehouse that does not read twice what has not changed."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

import polars as pl

from propcast.apps.shelf import Shelf
from propcast.backends.warehouse.port import Condition, Warehouse
from propcast.tables.schema import Table

LOOKED_UP_EVERY_S = 1.0
"""A table's version is asked for this often at most, unless told; so old may an answer be."""


class Remembering:
    """`Warehouse`, with `read` and `distinct` answered from memory while the table has the same version."""

    def __init__(
        self,
        inner: Warehouse,
        shelf: Shelf,
        timer: Callable[[], float] = time.monotonic,
        every_s: float = LOOKED_UP_EVERY_S,
    ) -> None:
        self._inner, self._shelf, self._timer, self._every_s = inner, shelf, timer, every_s
        self._versions: dict[str, tuple[float, int]] = {}

    def __getattr__(self, name: str) -> object:
        """Leave everything else to the warehouse itself."""
        return getattr(self._inner, name)

    def read(
        self,
        table: Table,
        where: Sequence[Condition] = (),
        *,
        columns: Sequence[str] | None = None,
        as_of: datetime | None = None,
        version: int | None = None,
        lineage: bool = False,
    ) -> pl.DataFrame:
        """Return the rows that satisfy all conditions (see the port)."""
        asked = (None if columns is None else tuple(columns), as_of, version, lineage)
        return self._shelf.get(
            ("read", table.name, tuple(where), *asked),
            self._version(table),
            lambda: self._inner.read(table, where, columns=columns, as_of=as_of, version=version, lineage=lineage),
        )

    def distinct(self, table: Table, columns: Sequence[str], where: Sequence[Condition] = ()) -> pl.DataFrame:
        """Return the distinct values of the columns (see the port)."""
        return self._shelf.get(
            ("distinct", table.name, tuple(where), tuple(columns)),
            self._version(table),
            lambda: self._inner.distinct(table, columns, where),
        )

    def _version(self, table: Table) -> int:
        """Look the version up before reading: a frame may be newer than its version says, never older."""
        now, known = self._timer(), self._versions.get(table.name)
        if known is not None and now - known[0] < self._every_s:
            return known[1]
        found = self._inner.version(table)
        self._versions[table.name] = (now, found)
        return found


def remembering(warehouse: Warehouse, shelf: Shelf, every_s: float = LOOKED_UP_EVERY_S) -> Warehouse:
    """Return the warehouse with a memory for what is read."""
    # What it does not define itself it hands on.
    return cast("Warehouse", Remembering(warehouse, shelf, every_s=every_s))
