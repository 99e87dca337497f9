"""What is held back in quarantine."""

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.tables.reference import QUARANTINE


def held_back(backends: Backends) -> pl.DataFrame:
    """Return how many `rows` are in quarantine by `table` and first `violation`, most first."""
    where = [In("state", ("held",))]
    rows = backends.warehouse.read(QUARANTINE, where, columns=["table_name", "violations"])
    first = pl.col("violations").list.first().alias("violation")
    counted = rows.group_by(pl.col("table_name").alias("table"), first).len("rows")
    return counted.with_columns(pl.col("rows").cast(pl.Int64)).sort(
        "rows", "table", "violation", descending=[True, False, False]
    )
