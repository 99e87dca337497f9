"""Stored columns that differ from a declaration: what is added by itself, and what is refused with what to do."""

from collections.abc import Mapping, Sequence

import polars as pl

from propcast.backends.warehouse.rules import STORED
from propcast.core.errors import StoreConflict
from propcast.tables.schema import Table


def refuse_unfillable(table: Table, missing: Sequence[str]) -> None:
    """Raise `StoreConflict` unless every missing column may be null."""
    required = [name for name in missing if name in STORED or not table.column(name).nullable]
    if required:
        raise StoreConflict(
            f"the stored {table.name} lacks {', '.join(required)}, which must not be null; "
            "rebuild the table, or declare the new columns nullable"
        )


def refuse_foreign(table: Table, known: Mapping[str, pl.DataType]) -> None:
    """Raise `StoreConflict` if the store has a column or dtype that the declaration cannot take."""
    declared = {**table.schema, **STORED}
    foreign = [f"{name} as {dtype}" for name, dtype in known.items() if declared.get(name) != dtype]
    if foreign:
        raise StoreConflict(
            f"the stored {table.name} has {', '.join(foreign)}, which this version does not declare; "
            "a newer version wrote it: update this program"
        )
