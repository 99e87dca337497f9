"""Conditions of the port as Polars expressions, and partition values as a Delta predicate."""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from propcast.backends.warehouse.port import Between, Condition, In
from propcast.core.errors import InputError, did_you_mean
from propcast.tables.schema import LINEAGE, Table


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
