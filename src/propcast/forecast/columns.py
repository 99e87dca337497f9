"""Between frames and arrays: null there is NaN here."""

import polars as pl

from propcast.core.arrays import FloatArray


def floats(frame: pl.DataFrame, name: str) -> FloatArray:
    """Return a column as floats, NaN where null."""
    return frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def column(name: str, values: FloatArray) -> pl.Series:
    """Return a column in which NaN is null: missing is missing."""
    return pl.Series(name, values, pl.Float64, nan_to_null=True)
