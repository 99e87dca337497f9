"""Running totals of a season: what a subject's games before the day add up to."""

from collections.abc import Sequence

import polars as pl

from propcast.analytics.windows import CUTOFF, GAME_DAY, before, cutoff_day

STAMPS = ("last_day", "last_seen")
"""The newest game day and observation among the rows behind a value, null where there was none."""


def prepared(contexts: pl.DataFrame) -> pl.DataFrame:
    """Return contexts with the last day that they may use and `last_season`, the name of the season before theirs."""
    last_season = (pl.col("season").cast(pl.Int64()) - 1).cast(pl.String())
    return contexts.with_columns(cutoff_day(), last_season.alias("last_season"))


def totals_before(
    contexts: pl.DataFrame, rows: pl.DataFrame, by: dict[str, str], values: Sequence[str]
) -> pl.DataFrame:
    """Return for each context, in its order, the sums of `values` over its subject's rows before the day, and STAMPS.

    `by` maps a column of the contexts to the column of the rows that must equal it; one of them is the season. No row:
    the sums are 0. Values are integers, so that a sum does not depend on the order of its parts.
    """
    keys = list(by.values())
    subjects = contexts.select(CUTOFF, *(pl.col(ours).alias(theirs) for ours, theirs in by.items()))
    states = (
        of_subjects(rows, subjects, keys)
        .group_by(*keys, GAME_DAY)
        .agg(pl.col(values).sum().cast(pl.Int64()), last_seen=pl.col("observed_at").max())
        .sort(GAME_DAY)
        .with_columns(
            pl.col(values).cum_sum().over(keys), pl.col("last_seen").cum_max().over(keys), last_day=pl.col(GAME_DAY)
        )
    )
    return before(subjects, states, keys).select(pl.col(values).fill_null(0), *STAMPS)


def of_subjects(rows: pl.DataFrame, subjects: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the rows of subjects that somebody asks about: one slate does not pay for a league."""
    return rows.join(subjects.select(keys).unique(), on=list(keys), how="semi")
