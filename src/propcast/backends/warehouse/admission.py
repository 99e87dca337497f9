"""What every warehouse asks of a write before anything is stored, and what it says of it afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from propcast.backends.warehouse.port import Condition, Stamp, WriteResult
from propcast.backends.warehouse.predicate import expression
from propcast.backends.warehouse.rules import ROW_HASH, Change, Merged, merge_repeats
from propcast.core.errors import ContractViolation, InputError
from propcast.tables.content import ids
from propcast.tables.contract import VIOLATIONS, report, require_shape, split
from propcast.tables.reference import QUARANTINE
from propcast.tables.schema import LINEAGE, VOLATILE, Rule, Table

INSERT_ONLY = replace(QUARANTINE, rule=Rule.ONCE)
"""Quarantine as it is written when rows are held back: what waits there keeps its state."""


def admit(
    table: Table, frame: pl.DataFrame, scope: Sequence[Condition], hold: Callable[[pl.DataFrame], object]
) -> Merged:
    """Return the rows of a write, each content once per key; `hold` is given those that break the contract.

    Raises:
        ContractViolation: the frame breaks the declaration; the report names all violations.
        InputError: a SET without a scope, a scope for another rule, or rows outside it.
    """
    _require_scope(table, scope)
    require_shape(table, frame)
    merged = merge_repeats(table, frame)
    _require_contract(table, merged.rows.drop(ROW_HASH), hold)
    _require_inside(table, merged.rows, scope)
    return merged


def held_rows(table: Table, bad: pl.DataFrame, stamp: Stamp, origin: str) -> pl.DataFrame:
    """Return rows with `violations` as rows of quarantine, each content once."""
    content = [name for name in bad.columns if name != VIOLATIONS and name not in VOLATILE]
    rows = bad.select(
        pl.lit(table.name).alias("table_name"),
        ids(bad, content).alias("row_id"),
        VIOLATIONS,
        pl.struct(pl.all().exclude(VIOLATIONS)).struct.json_encode().alias("row_json"),
        pl.lit(origin).alias("origin"),
        pl.lit("held").alias("state"),
        pl.lit(stamp.built_at, dtype=QUARANTINE.schema["observed_at"]).alias("observed_at"),
    )
    return rows.unique(subset=["row_id"], keep="first", maintain_order=True)


def stamped(table: Table, change: Change, stamp: Stamp) -> Change:
    """Return the change with lineage on its fresh rows; a table that declares lineage brings its own."""
    if LINEAGE.keys() <= table.schema.keys():
        return change
    values = {"run_id": stamp.run_id, "built_at": stamp.built_at, "input_hash": stamp.input_hash}
    lineage = [pl.lit(values[name], dtype=dtype).alias(name) for name, dtype in LINEAGE.items()]
    return replace(change, fresh=change.fresh.with_columns(lineage))


def outcome(table: Table, merged: Merged, change: Change, version: int) -> WriteResult:
    """Return the exact counts of a write."""
    incoming, written = merged.rows.height, change.fresh.height
    return WriteResult(
        table=table.name,
        rows_in=incoming + merged.repeats,
        written=written,
        unchanged=incoming - written,
        merged=merged.repeats,
        removed=change.removed,
        version=version,
    )


def _require_scope(table: Table, scope: Sequence[Condition]) -> None:
    if table.rule is Rule.SET and not scope:
        raise InputError(f"{table.name} is written by slices; name the slice that the frame replaces with `scope`")
    if table.rule is not Rule.SET and scope:
        raise InputError(f"{table.name} is written by rule {table.rule}; `scope` is for SET tables only")


def _require_contract(table: Table, rows: pl.DataFrame, hold: Callable[[pl.DataFrame], object]) -> None:
    bad = split(table, rows).bad
    if bad.is_empty():
        return
    if table.name != QUARANTINE.name:
        hold(bad)
    raise ContractViolation(f"{report(table, bad)}\nNothing was written; the rows are in quarantine.")


def _require_inside(table: Table, rows: pl.DataFrame, scope: Sequence[Condition]) -> None:
    outside = rows.filter(~expression(table, scope))
    if not outside.is_empty():
        first = outside.select(table.key).row(0, named=True)
        raise InputError(f"{table.name}: {outside.height} rows lie outside the slice {list(scope)} (first: {first})")
