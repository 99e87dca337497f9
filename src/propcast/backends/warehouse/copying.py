"""Copies of a table in another warehouse, partition by partition: exact, verified, and begun anew at any time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from propcast.backends.warehouse.port import Between, Condition, In, Stamp, Warehouse
from propcast.backends.warehouse.rules import REVISION, ROW_HASH
from propcast.backends.warehouse.visibility import digest, keeps_states
from propcast.core.errors import StoreConflict
from propcast.tables.content import row_hashes
from propcast.tables.schema import LINEAGE, Column, Rule, Table

TOGETHER = 31
"""Partitions that are copied in one write: a month of days."""


@dataclass(frozen=True)
class Copied:
    """How one part of a table was found or brought.

    Attributes:
        partitions: what was copied together; empty for a table that has none.
        rows: states of one key are counted each.
        was_equal: nothing had to be written.
    """

    table: str
    partitions: tuple[str, ...]
    rows: int
    was_equal: bool


def copy(table: Table, source: Warehouse, target: Warehouse, stamp: Stamp) -> Iterator[Copied]:
    """Make the target's partitions equal to those of the source, rows with all their states and lineage.

    Partitions that only the target has stay. A part that is equal is not written again.

    Raises:
        StoreConflict: a part differs after it was written: somebody else wrote it meanwhile.
    """
    for scope in _parts(table, source):
        rows = _read(table, source, scope)
        yield _copy_part(_as_it_is(table), rows, target, stamp, scope)


def _copy_part(exact: Table, rows: pl.DataFrame, target: Warehouse, stamp: Stamp, scope: Sequence[Condition]) -> Copied:
    wanted = digest(exact, rows.with_columns(row_hashes(rows, exact.content_columns).alias(ROW_HASH)))
    values = tuple(str(value) for each in scope if isinstance(each, In) for value in each.values)
    equal = target.content_hash(exact, scope) == wanted
    if not equal:
        target.write(exact, rows, stamp, scope=scope)
        found = target.content_hash(exact, scope)
        if found != wanted or target.count(exact, scope) != rows.height:
            raise StoreConflict(
                f"{exact.name} {', '.join(values)} differs from its source after the copy; "
                "stop who writes it and copy it again"
            )
    return Copied(exact.name, values, rows.height, equal)


def _parts(table: Table, source: Warehouse) -> Iterator[list[Condition]]:
    if table.partition is None:
        yield [Between(table.key[0])]
        return
    values = source.distinct(_as_it_is(table), [table.partition])[table.partition].to_list()
    for start in range(0, len(values), TOGETHER):
        yield [In(table.partition, tuple(values[start : start + TOGETHER]))]


def _as_it_is(table: Table) -> Table:
    """Declare the table as it is stored: every state a row of its own, lineage as any column, replaced by slices."""
    own = tuple(Column(name, dtype, nullable=True) for name, dtype in LINEAGE.items())
    instant = ("observed_at",) if keeps_states(table) and "observed_at" in table.schema else ()
    return replace(table, columns=(*table.columns, *own), key=(*table.key, *instant), rule=Rule.SET)


def _read(table: Table, source: Warehouse, scope: Sequence[Condition]) -> pl.DataFrame:
    """Read all states; of those observed at one instant only the last is ever seen, and copied."""
    exact = _as_it_is(table)
    arrival = replace(exact, columns=(*exact.columns, Column(REVISION, pl.Int64())))
    rows = source.read(arrival, scope)
    latest = rows.sort(REVISION).unique(subset=exact.key, keep="last", maintain_order=True)
    return latest.select(exact.schema.names())
