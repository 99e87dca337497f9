"""Conditions of the port as SQL: columns from declarations, values as parameters, never as text."""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

from propcast.backends.warehouse.bigquery.layout import kind_of, partition_column, partition_number
from propcast.backends.warehouse.port import Between, Condition, In, Value
from propcast.backends.warehouse.predicate import require_columns
from propcast.core.errors import InputError
from propcast.tables.schema import LINEAGE, Table

Parameter = ScalarQueryParameter | ArrayQueryParameter


class Parameters:
    """Values of one statement; each gets a name of its own."""

    def __init__(self) -> None:
        self.values: list[Parameter] = []

    def one(self, kind: str, value: Value | datetime | None) -> str:
        """Add a value; return how the statement names it."""
        return self._add(ScalarQueryParameter(f"p{len(self.values)}", kind, value))

    def many(self, dtype: pl.DataType, values: Sequence[Value]) -> str:
        """Add a list of values, without those that a column of that type cannot hold."""
        able = pl.Series(values, dtype=dtype, strict=False).drop_nulls().to_list()
        return self._add(ArrayQueryParameter(f"p{len(self.values)}", kind_of(dtype), able))

    def _add(self, parameter: Parameter) -> str:
        self.values.append(parameter)
        return f"@{parameter.name}"


def predicate(table: Table, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """Return an expression that is true for the rows that satisfy all conditions (null satisfies none)."""
    return " AND ".join(["TRUE", *(_one(table, condition, parameters) for condition in conditions)])


def in_partitions(table: Table, values: pl.Series, parameters: Parameters, alias: str = "") -> str:
    """Return an expression that is true in the partitions of those values; `alias` stands before each column."""
    if table.partition is None:
        return "TRUE"
    return _in(table, In(table.partition, tuple(values.unique().sort().to_list())), parameters, alias)


def _one(table: Table, condition: Condition, parameters: Parameters) -> str:
    require_columns(table, [condition.column])
    if isinstance(condition, In):
        return _in(table, condition, parameters)
    return _between(condition, parameters)


def _in(table: Table, condition: In, parameters: Parameters, alias: str = "") -> str:
    dtype = table.schema.get(condition.column) or LINEAGE[condition.column]
    listed = f"{alias}`{condition.column}` IN UNNEST({parameters.many(dtype, condition.values)})"
    own = partition_column(table)
    if condition.column != table.partition or own is None or own == table.partition:
        return listed
    numbers = pl.DataFrame({condition.column: condition.values}, schema={condition.column: pl.String()}).select(
        partition_number(condition.column)
    )[own]
    if numbers.null_count():
        return listed
    return f"({listed} AND {alias}`{own}` IN UNNEST({parameters.many(pl.Int64(), numbers.unique().to_list())}))"


def _between(bounds: Between, parameters: Parameters) -> str:
    column = f"`{bounds.column}`"
    parts = [f"{column} IS NOT NULL"]
    if bounds.low is not None:
        parts.append(f"{column} >= {parameters.one(_kind(bounds.low), bounds.low)}")
    if bounds.high is not None:
        parts.append(f"{column} <= {parameters.one(_kind(bounds.high), bounds.high)}")
    return f"({' AND '.join(parts)})"


def _kind(value: Value) -> str:
    for known, kind in _KINDS:
        if isinstance(value, known):
            return kind
    raise InputError(f"{value!r} is no value that a column can be compared with")


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "BOOL"),
    (int, "INT64"),
    (float, "FLOAT64"),
    (str, "STRING"),
    (datetime, "TIMESTAMP"),
    (date, "DATE"),
)
