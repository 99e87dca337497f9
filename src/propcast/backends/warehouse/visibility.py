"""What a reader sees of a table, and in which order, whichever warehouse keeps it."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from propcast.backends.warehouse.port import Value
from propcast.backends.warehouse.predicate import require_columns
from propcast.backends.warehouse.rules import ROW_HASH
from propcast.core.errors import InputError
from propcast.tables.content import digest_rows, row_hashes
from propcast.tables.schema import LINEAGE, Rule, Table


def shown_columns(table: Table, columns: Sequence[str] | None, *, lineage: bool) -> list[str]:
    """Return the columns that a read gives, in declared order; an unknown one is an `InputError`."""
    wanted = set(table.schema if columns is None else columns)
    require_columns(table, wanted)
    return [name for name in table.schema if name in wanted] + (list(LINEAGE) if lineage else [])


def keeps_states(table: Table) -> bool:
    """Return whether a table holds several states of one key, of which a reader sees the latest."""
    return table.rule is Rule.LOG and "observed_at" not in table.key


def require_timed(table: Table, as_of: datetime) -> None:
    """Raise `InputError` unless it is known when each row was observed."""
    if "observed_at" not in table.schema:
        raise InputError(f"{table.name} has no `observed_at`; it cannot be read as of {as_of.isoformat()}")


def in_key_order(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Sort by the key unless that is done: files are written in key order, and looking costs a fifth of sorting."""
    behind = pl.lit(False)
    for name in reversed(key):
        here, before = pl.col(name), pl.col(name).shift(1)
        behind = (here < before) | ((here == before) & behind)
    unknown = pl.any_horizontal(pl.col(key).is_null().any())
    return rows.sort(key) if rows.select((behind.any() | unknown).fill_null(False)).item() else rows


def identity_of_content(table: Table) -> list[str]:
    """Name the stored columns that make up the content of a slice."""
    return [ROW_HASH, *(name for name in table.key if name == "observed_at")]


def digest(table: Table, rows: pl.DataFrame) -> str:
    """Return the content hash of rows that have at least `identity_of_content`."""
    return digest_rows(row_hashes(rows, identity_of_content(table)).to_numpy().view("uint64"))


def digests(table: Table, rows: pl.DataFrame, column: str, values: Sequence[Value]) -> dict[Value, str]:
    """Return the `digest` of the rows of each value of a column."""
    return {value: digest(table, rows.filter(pl.col(column) == value)) for value in values}
