"""Several states of one thing: a table takes one state per key at a time, so they come as frames in order."""

from datetime import timedelta

import polars as pl

REVIEWED = pl.col("game_day").dt.day() == 15
"""Leagues correct boxes of one day a month: each late instant is one more state of knowledge to build features for."""

CORRECTED_AFTER = timedelta(hours=12)
"""A league corrects a box twelve hours after it was published: when the day has been graded."""


def corrected(rows: pl.DataFrame, is_corrected: pl.Expr, column: str, published: pl.Expr) -> list[pl.DataFrame]:
    """Return the rows as first published and the corrected ones as they stand later.

    `rows` tell the truth. Where `is_corrected`, and on reviewed days only, `column` was first `published` otherwise.
    """
    is_corrected = is_corrected & REVIEWED
    wrong = rows.with_columns(pl.when(is_corrected).then(published).otherwise(column).alias(column))
    right = rows.filter(is_corrected).with_columns(pl.col("observed_at") + CORRECTED_AFTER)
    return [wrong, right]
