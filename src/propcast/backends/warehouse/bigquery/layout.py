"""A declared table as BigQuery keeps it: columns, partition, clusters, and what tells two shapes apart."""

from collections.abc import Iterable

import polars as pl
from google.cloud.bigquery import PartitionRange, RangePartitioning, SchemaField, Table, TimePartitioning

from propcast.backends.warehouse.port import Live
from propcast.backends.warehouse.rules import STORED
from propcast.core.errors import PropCastError
from propcast.core.identity import short_hash
from propcast.tables.schema import INSTANT, Column, Rule
from propcast.tables.schema import Table as Declared

PARTITION = "partition_"
"""Begins the name of the column by which a table is laid out whose declared partition is a text such as a season."""
YEARS = PartitionRange(start=1870, end=2200, interval=1)
MOST_CLUSTERS = 4
ALL_DAYS = ">= DATE '0001-01-01'"
"""What a table by day is asked for where every day is meant."""

_KINDS: dict[pl.DataType, str] = {
    pl.String(): "STRING",
    pl.Int64(): "INT64",
    pl.Float64(): "FLOAT64",
    pl.Float32(): "FLOAT64",
    pl.Boolean(): "BOOL",
    pl.Date(): "DATE",
    INSTANT: "TIMESTAMP",
}
_DTYPES: dict[str, pl.DataType] = {
    **{kind: dtype for dtype, kind in _KINDS.items() if dtype != pl.Float32()},
    "INTEGER": pl.Int64(),
    "FLOAT": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
}


def kind_of(dtype: pl.DataType) -> str:
    """Return the type of a column, or of the elements of a list."""
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    for known, kind in _KINDS.items():
        if inner == known:
            return kind
    raise PropCastError(f"BigQuery has no column for {dtype}; add it to the layout")


def partition_column(table: Declared) -> str | None:
    """Return the column by which the table is laid out: the declared one if it is a date."""
    if table.partition is None or table.schema[table.partition] == pl.Date():
        return table.partition
    return f"{PARTITION}{table.partition}"


def partition_number(column: str) -> pl.Expr:
    """Return the year that a text begins with, null for another text."""
    return pl.col(column).str.extract(r"^(\d{4})").cast(pl.Int64).alias(f"{PARTITION}{column}")


def stored_schema(table: Declared) -> pl.Schema:
    """Return all columns of a stored row."""
    own = partition_column(table)
    extra = {} if own is None or own in table.schema else {own: pl.Int64()}
    return pl.Schema({**table.schema, **STORED, **extra})


def laid_out(table: Declared, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the columns that a stored row has, as they are loaded."""
    own = partition_column(table)
    if own is not None and table.partition is not None and own != table.partition:
        rows = rows.with_columns(partition_number(table.partition))
    single = [name for name, dtype in rows.schema.items() if dtype == pl.Float32()]
    return rows.with_columns(pl.col(single).cast(pl.Float64)).select(stored_schema(table).names())


def definition(table: Declared, name: str) -> Table:
    """Return the table to be created: every property follows from the declaration."""
    made = Table(name, schema=fields(table))
    made.description = table.grain
    made.labels = {"rule": table.rule.lower(), "shape": shape(table)}
    made.clustering_fields = _clusters(table)
    own = partition_column(table)
    if own is not None and own == table.partition:
        made.time_partitioning = TimePartitioning(field=own)
        made.require_partition_filter = needs_partition(table)
    elif own is not None:
        made.range_partitioning = RangePartitioning(field=own, range_=YEARS)
    return made


def needs_partition(table: Declared) -> bool:
    """Return whether BigQuery is to refuse a query that names no partition: every one of ours names some.

    Only tables by day, and only those whose rows are never replaced: a season may be none that has a number.
    """
    own = partition_column(table)
    return own is not None and own == table.partition and table.rule in (Rule.LOG, Rule.ONCE)


def fields(table: Declared) -> list[SchemaField]:
    """Return the columns with type, unit and range."""
    declared = [_field(column) for column in table.columns]
    own = [
        SchemaField(name, kind_of(dtype), description="kept by the warehouse")
        for name, dtype in stored_schema(table).items()
        if name not in table.schema
    ]
    return [*declared, *own]


def staging_fields(schema: pl.Schema) -> list[SchemaField]:
    """Return the columns of a frame that is uploaded."""
    return [SchemaField(name, kind_of(dtype), mode=mode_of(dtype)) for name, dtype in schema.items()]


def mode_of(dtype: pl.DataType) -> str:
    """Return the mode of a column; what must not be null is checked before a write, as in every warehouse."""
    return "REPEATED" if isinstance(dtype, pl.List) else "NULLABLE"


def shape(table: Declared) -> str:
    """Return what two declarations have in common when either can write what the other made."""
    return short_hash(*sorted(f"{name} {kind_of(dtype)}" for name, dtype in stored_schema(table).items()), length=12)


def live(table: Declared, columns: Iterable[SchemaField], partitioned: str | None) -> Live:
    """Return what a stored table looks like; `partitioned` is the day by which it is laid out, if it is by day."""
    listed = list(columns)
    numbers = [field.name.removeprefix(PARTITION) for field in listed if field.name.startswith(PARTITION)]
    shown = {name: dtype for name, dtype in columns_of(table, listed).items() if name not in STORED}
    return Live(shown, next(iter(numbers), partitioned))


def columns_of(table: Declared, columns: Iterable[SchemaField]) -> dict[str, pl.DataType]:
    """Return all columns but that of the partition; a declared `Float32` is kept as `FLOAT64`."""
    return {field.name: _dtype(table, field) for field in columns if not field.name.startswith(PARTITION)}


def _dtype(table: Declared, field: SchemaField) -> pl.DataType:
    dtype = _DTYPES.get(field.field_type, pl.Unknown())
    if field.mode == "REPEATED":
        return pl.List(dtype)
    declared = table.schema.get(field.name)
    return declared if declared == pl.Float32() and dtype == pl.Float64() else dtype


def _field(column: Column) -> SchemaField:
    return SchemaField(column.name, kind_of(column.dtype), mode=mode_of(column.dtype), description=_meaning(column))


def _meaning(column: Column) -> str:
    bounds = [f"{side} {value:g}" for side, value in (("from", column.low), ("to", column.high)) if value is not None]
    choices = [f"one of {', '.join(column.choices)}"] if column.choices else []
    required = [] if column.nullable else ["never null"]
    return "; ".join(part for part in [column.unit, " ".join(bounds), *choices, *required] if part)


def _clusters(table: Declared) -> list[str]:
    named = [] if table.partition is None else [table.partition]
    able = [name for name in dict.fromkeys([*named, *table.key]) if kind_of(table.schema[name]) != "FLOAT64"]
    return able[:MOST_CLUSTERS]
