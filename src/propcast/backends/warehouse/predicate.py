"""Conditions of the port as Polars expressions, and those on the partition as Delta filters."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import polars as pl

from propcast.backends.warehouse.port import Between, Condition, In
from propcast.core.errors import InputError, did_you_mean
from propcast.tables.schema import LINEAGE, Table

FileFilters = list[tuple[str, str, Any]]
"""Filters that a Delta table applies to its list of files, all of them to be met."""


def expression(table: Table, conditions: Sequence[Condition]) -> pl.Expr:
    """Return one expression that is true for the rows that satisfy all conditions (null satisfies none)."""
    parts = [_one(table, condition) for condition in conditions]
    return pl.all_horizontal(pl.lit(True), *parts)


def require_columns(table: Table, names: Iterable[str]) -> None:
    """Raise `InputError` for a name that the table does not declare."""
    for name in names:
        if name not in table.schema and name not in LINEAGE:
            raise InputError(f"table {table.name} has no column {name!r}{did_you_mean(name, table.schema.names())}")


def partition_sql(column: str, values: Iterable[str | date]) -> str:
    """Return the Delta predicate that selects whole partitions."""
    listed = ", ".join("'" + str(value).replace("'", "''") + "'" for value in values)
    return f'"{column}" IN ({listed})'


def file_filters(table: Table, conditions: Sequence[Condition]) -> FileFilters:
    """Return what the conditions say of the partition: no other file holds a row that satisfies them."""
    filters: FileFilters = []
    for condition in conditions:
        if condition.column != table.partition:
            continue
        if isinstance(condition, In):
            filters.append((condition.column, "in", list(condition.values)))
            continue
        bounds = ((">=", condition.low), ("<=", condition.high))
        filters += [(condition.column, sign, bound) for sign, bound in bounds if bound is not None]
    return filters


def text_filters(conditions: Sequence[Condition]) -> FileFilters:
    """Return what conditions to one text say of files: the log knows between which texts each file's column lies."""
    single = (c for c in conditions if isinstance(c, In) and len(c.values) == 1)
    return [(each.column, "=", each.values[0]) for each in single if isinstance(each.values[0], str)]


def _one(table: Table, condition: Condition) -> pl.Expr:
    require_columns(table, [condition.column])
    column = pl.col(condition.column)
    if isinstance(condition, In):
        dtype = table.schema.get(condition.column, LINEAGE.get(condition.column))
        listed = pl.List(pl.String() if dtype is None else dtype)
        return column.is_in(pl.Series([list(condition.values)], dtype=listed, strict=False)).fill_null(False)
    return _between(column, condition).fill_null(False)


def _between(column: pl.Expr, bounds: Between) -> pl.Expr:
    inside = column.is_not_null()
    if bounds.low is not None:
        inside = inside & (column >= bounds.low)
    if bounds.high is not None:
        inside = inside & (column <= bounds.high)
    return inside
