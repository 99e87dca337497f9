"""Checks a frame against its table: every violation found, none reported one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from propcast.core.errors import ContractViolation
from propcast.tables.schema import Column, Table

VIOLATIONS = "violations"


@dataclass(frozen=True)
class Split:
    """A frame in two parts: `good` rows, and `bad` rows with a `violations` list column."""

    good: pl.DataFrame
    bad: pl.DataFrame


def require_shape(table: Table, frame: pl.DataFrame) -> None:
    """Raise `ContractViolation` unless the frame has exactly the declared columns and dtypes."""
    found, problems = frame.schema, []
    for column in table.columns:
        if column.name not in found:
            problems.append(f"column {column.name} is missing")
        elif found[column.name] != column.dtype:
            problems.append(f"column {column.name} is {found[column.name]}, declared {column.dtype}")
    problems += [f"column {name} is not declared" for name in found if name not in table.schema]
    if problems:
        raise ContractViolation(f"{table.name}: {'; '.join(problems)}. Nothing was written.")


def split(table: Table, frame: pl.DataFrame) -> Split:
    """Separate rows that obey the table's ranges, nullability, checks and key from those that do not.

    Rows that share a key but differ are all bad; exact repetitions are the caller's to merge beforehand.
    """
    require_shape(table, frame)
    return separate(frame, _rules(table))


def separate(frame: pl.DataFrame, rules: Mapping[str, pl.Expr]) -> Split:
    """Separate the rows for which every rule holds from the others; a rule, never null, has its breach's message."""
    if frame.select(pl.all_horizontal(holds.all() for holds in rules.values())).item():
        return Split(frame, frame.clear().with_columns(pl.lit(None, pl.List(pl.String())).alias(VIOLATIONS)))
    messages = pl.concat_list(pl.when(~holds).then(pl.lit(message)) for message, holds in rules.items())
    found = frame.select(messages.list.drop_nulls().alias(VIOLATIONS))[VIOLATIONS]
    is_bad = found.list.len() > 0
    return Split(frame.filter(~is_bad), frame.with_columns(found).filter(is_bad))


def report(table: Table, bad: pl.DataFrame) -> str:
    """Say in one text which rules were broken, how often, and by which row first."""
    counts = (
        bad.explode(VIOLATIONS)
        .group_by(VIOLATIONS)
        .agg(pl.len().alias("rows"), pl.struct(table.key).first().alias("key"))
    )
    lines = [
        f"  {row['rows']:>6} rows: {row[VIOLATIONS]} (first: {row['key']})"
        for row in counts.sort("rows", VIOLATIONS, descending=[True, False]).iter_rows(named=True)
    ]
    return f"{table.name}: {bad.height} rows break the contract\n" + "\n".join(lines)


@lru_cache(maxsize=256)
def _rules(table: Table) -> dict[str, pl.Expr]:
    """Return what must hold of every row, by the message of a breach; what cannot be told holds."""
    repeats = pl.struct(table.key).is_duplicated() if len(table.key) > 1 else pl.col(table.key[0]).is_duplicated()
    rules = [*_column_rules(table), *((check.name, check.holds) for check in table.checks)]
    rules.append((f"key ({', '.join(table.key)}) repeats", ~repeats))
    return {message: holds.fill_null(True) for message, holds in rules}


def _column_rules(table: Table) -> list[tuple[str, pl.Expr]]:
    rules: list[tuple[str, pl.Expr]] = []
    for column in table.columns:
        value = pl.col(column.name)
        if not column.nullable:
            rules.append((f"{column.name} is null", value.is_not_null()))
        if column.dtype == pl.Float64 or column.dtype == pl.Float32:
            rules.append((f"{column.name} is not finite", value.is_finite()))
        if column.low is not None or column.high is not None:
            rules.append((_range_message(column), _in_range(column)))
        if column.choices:
            rules.append((f"{column.name} is none of {', '.join(column.choices)}", value.is_in(column.choices)))
    return rules


def _in_range(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    inside = pl.lit(True)
    if column.low is not None:
        inside = inside & (value >= column.low)
    if column.high is not None:
        inside = inside & (value <= column.high)
    return inside


def _range_message(column: Column) -> str:
    low = "" if column.low is None else f"{column.low:g}"
    high = "" if column.high is None else f"{column.high:g}"
    unit = f" {column.unit}" if column.unit else ""
    return f"{column.name} is outside {low}…{high}{unit}"
