"""What a table declaration is: columns with type, unit and range, a key, a partition and a write rule."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import polars as pl

from propcast.core.errors import InputError

INSTANT = pl.Datetime("us", "UTC")

LINEAGE: dict[str, pl.DataType] = {"run_id": pl.String(), "built_at": INSTANT, "input_hash": pl.String()}
"""Columns that the warehouse stamps on every row; never part of a row's content."""

VOLATILE = frozenset({*LINEAGE, "observed_at"})
"""Columns left out of the content hash: with them nothing would ever be equal to what is stored."""


class Rule(StrEnum):
    """How a table is written (DOMAIN 4)."""

    LOG = "LOG"  # append a row when its content differs from the latest of its key
    SET = "SET"  # replace a whole slice in one commit, skipped when unchanged
    KEY = "KEY"  # upsert by key in one commit
    ONCE = "ONCE"  # insert if absent, immutable for ever


@dataclass(frozen=True)
class Column:
    """One column: dtype, unit, inclusive range or allowed values, and whether null is allowed."""

    name: str
    dtype: pl.DataType
    unit: str = ""
    low: float | None = None
    high: float | None = None
    nullable: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """A rule over several columns of a row; `holds` is true, or null, for a good row."""

    name: str
    holds: pl.Expr


@dataclass(frozen=True, eq=False)
class Table:
    """One declared table, equal to itself alone.

    Attributes:
        name: table name in every store.
        grain: what one row is.
        columns: all content columns, in order.
        key: columns that identify a row.
        partition: the column by which files are laid out, or None for small tables.
        rule: how it is written.
        checks: row rules over several columns.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition: str | None
    rule: Rule
    checks: tuple[Check, ...] = field(default=())

    @cached_property
    def schema(self) -> pl.Schema:
        """Content columns and dtypes, in declared order."""
        return pl.Schema({c.name: c.dtype for c in self.columns})

    @cached_property
    def content_columns(self) -> tuple[str, ...]:
        """Columns that make two rows equal or different."""
        return tuple(c.name for c in self.columns if c.name not in VOLATILE)

    def column(self, name: str) -> Column:
        """Return one column's declaration."""
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(f"table {self.name} has no column {name!r}")

    def empty(self) -> pl.DataFrame:
        """Return a frame of this table with no rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly the declared columns, order and dtypes; absent nullable ones become null."""
        known = set(frame.columns)
        return frame.select(
            pl.col(c.name).cast(c.dtype) if c.name in known else pl.lit(None, dtype=c.dtype).alias(c.name)
            for c in self.columns
            if c.name in known or c.nullable
        )


def text(*names: str, null: bool = False, choices: Iterable[str] = ()) -> tuple[Column, ...]:
    """Declare string columns."""
    return tuple(Column(n, pl.String(), nullable=null, choices=tuple(choices)) for n in names)


def flag(*names: str, null: bool = False) -> tuple[Column, ...]:
    """Declare boolean columns."""
    return tuple(Column(n, pl.Boolean(), nullable=null) for n in names)


def instant(*names: str, null: bool = False) -> tuple[Column, ...]:
    """Declare UTC instants."""
    return tuple(Column(n, INSTANT, unit="UTC", nullable=null) for n in names)


def day(*names: str, null: bool = False) -> tuple[Column, ...]:
    """Declare calendar dates (US Eastern game days)."""
    return tuple(Column(n, pl.Date(), unit="game day", nullable=null) for n in names)


def count(*names: str, low: int = 0, high: int | None = None, unit: str = "", null: bool = False) -> tuple[Column, ...]:
    """Declare integer columns with a range."""
    return tuple(Column(n, pl.Int64(), unit, low, high, null) for n in names)


def number(
    *names: str, low: float | None = None, high: float | None = None, unit: str = "", null: bool = False
) -> tuple[Column, ...]:
    """Declare floating-point columns with a range."""
    return tuple(Column(n, pl.Float64(), unit, low, high, null) for n in names)


def texts(*names: str) -> tuple[Column, ...]:
    """Declare lists of strings; an empty list is the empty value."""
    return tuple(Column(n, pl.List(pl.String())) for n in names)
