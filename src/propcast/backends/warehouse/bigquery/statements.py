"""The statements that read: every one that is sent is made here or in `commits`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from propcast.backends.warehouse.bigquery.conditions import Parameter, Parameters, in_partitions, predicate
from propcast.backends.warehouse.bigquery.layout import ALL_DAYS, kind_of, needs_partition
from propcast.backends.warehouse.port import Condition
from propcast.backends.warehouse.rules import IN_SLICE, REVISION, identity_columns
from propcast.backends.warehouse.visibility import keeps_states
from propcast.tables.schema import INSTANT, LINEAGE, Rule, Table

SHAPE = "shape"
"""Names the column that only the row of the journal fills when stored keys are looked up."""


@dataclass(frozen=True)
class Statement:
    """SQL with the values of its parameters and the tables that it names."""

    text: str
    parameters: Sequence[Parameter] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stored:
    """Where a declared table is, and which of its columns are there."""

    table: Table
    name: str
    columns: Collection[str]


@dataclass(frozen=True)
class View:
    """What a reader asks for: conditions, and the moments of knowledge and of the store."""

    where: Sequence[Condition] = ()
    as_of: datetime | None = None
    moment: datetime | None = None
    parameters: Parameters = field(default_factory=Parameters)


def selected(stored: Stored, view: View, columns: Sequence[str]) -> Statement:
    """Read columns of the visible rows."""
    return _over(stored, view, _listed(columns), columns)


def distinct(stored: Stored, view: View, columns: Sequence[str]) -> Statement:
    """Read the distinct values of columns among the visible rows."""
    return _over(stored, view, f"DISTINCT {_listed(columns)}", columns)


def counted(stored: Stored, view: View) -> Statement:
    """Count the visible rows, as `n`."""
    return _over(stored, view, "COUNT(*) AS `n`", stored.table.key)


def everything(stored: Stored, columns: Sequence[str]) -> Statement:
    """Read columns of all rows, outdated states among them."""
    view = View()
    return Statement(
        f"SELECT {_listed(columns)}\nFROM {_rows(stored, view, (), columns)}", view.parameters.values, (stored.name,)
    )


def identities(stored: Stored, journal: str, incoming: pl.DataFrame, scope: Sequence[Condition]) -> Statement:
    """Read what the rule of a table has to see, and in one more row the version and shape of the journal.

    KEY looks everywhere, the other rules where the incoming rows would be.
    """
    table, parameters = stored.table, Parameters()
    slice_ = predicate(table, scope, parameters) if scope else "FALSE"
    where = _beside(table, incoming, slice_ if scope else None, parameters)
    columns = identity_columns(table)
    nothing = [f"CAST(NULL AS {kind_of(_dtype(table, name))})" for name in columns if name != REVISION]
    text = (
        f"SELECT {_listed(columns)}, COALESCE({slice_}, FALSE) AS `{IN_SLICE}`, CAST(NULL AS STRING) AS `{SHAPE}`\n"
        f"FROM `{stored.name}` WHERE {where}\n"
        f"UNION ALL SELECT {', '.join(nothing)}, `version`, FALSE, `{SHAPE}` FROM `{journal}` WHERE `is_last`"
    )
    return Statement(text, parameters.values, (stored.name, journal))


def _beside(table: Table, incoming: pl.DataFrame, slice_: str | None, parameters: Parameters) -> str:
    if table.partition is None or table.rule is Rule.KEY:
        return "TRUE"
    named = in_partitions(table, incoming[table.partition], parameters)
    return named if slice_ is None else f"({named}) OR ({slice_})"


def _over(stored: Stored, view: View, what: str, columns: Sequence[str]) -> Statement:
    rows = _states(stored, view) if keeps_states(stored.table) else _rows(stored, view, view.where, columns)
    text = f"SELECT {what}\nFROM {rows}\nWHERE {predicate(stored.table, view.where, view.parameters)}"
    if not keeps_states(stored.table):
        text = f"SELECT {what}\nFROM {rows}"
    return Statement(text, view.parameters.values, (stored.name,))


def _rows(stored: Stored, view: View, where: Sequence[Condition], columns: Sequence[str]) -> str:
    """Name the rows with all columns that are declared; a filter on partitions is always among the conditions."""
    table, parameters = stored.table, view.parameters
    parts = [predicate(table, where, parameters)]
    if view.as_of is not None:
        parts.append(f"`observed_at` <= {parameters.one('TIMESTAMP', view.as_of)}")
    if needs_partition(table) and all(condition.column != table.partition for condition in where):
        parts.append(f"`{table.partition}` {ALL_DAYS}")
    return f"{_source(stored, view, columns)}\nWHERE {' AND '.join(parts)}"


def _states(stored: Stored, view: View) -> str:
    """Name the latest state of each key: a filter on content comes after, or an outdated row would pass it."""
    table = stored.table
    fixed = [each for each in view.where if each.column in {*table.key, table.partition}]
    order = [name for name in ("observed_at",) if name in table.schema]
    latest = (
        f"ROW_NUMBER() OVER (PARTITION BY {_listed(table.key)}\n"
        f"  ORDER BY {', '.join(f'`{name}` DESC' for name in [*order, REVISION])})"
    )
    return f"(SELECT * FROM {_rows(stored, view, fixed, table.schema.names())}\nQUALIFY {latest} = 1)"


def _source(stored: Stored, view: View, columns: Sequence[str]) -> str:
    """Name the table; columns that are declared and not there are null."""
    at = "" if view.moment is None else f" FOR SYSTEM_TIME AS OF {view.parameters.one('TIMESTAMP', view.moment)}"
    asked = {*columns, *(condition.column for condition in view.where)}
    absent = [name for name in stored.table.schema if name in asked and name not in stored.columns]
    if not absent:
        return f"`{stored.name}`{at}"
    nothing = [f"{_nothing(stored.table.schema[name])} AS `{name}`" for name in absent]
    return f"(SELECT *, {', '.join(nothing)} FROM `{stored.name}`{at})"


def _nothing(dtype: pl.DataType) -> str:
    kind = kind_of(dtype)
    return f"CAST(NULL AS {f'ARRAY<{kind}>' if isinstance(dtype, pl.List) else kind})"


def _dtype(table: Table, name: str) -> pl.DataType:
    return table.schema.get(name) or {**LINEAGE, "observed_at": INSTANT}.get(name, pl.Int64())


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)
