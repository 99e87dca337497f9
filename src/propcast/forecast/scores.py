"""Scored rows: what was forecast beside what happened and what the market said, one row per participant.

Columns of a scored frame: `event_id`, `participant_id`, `game_day`, `actual`, `mean`, `median`, `crps`, `pit`; and
where the market had a price at `line`: `p_raw`, `p_final`, `p_market` (all P(over | no push)), `over` (1, 0, or null on
a push), `over_odds` and `under_odds` (decimal).
"""

import numpy as np
import polars as pl

from propcast.core.scoring import crps, pit
from propcast.forecast.columns import column, floats
from propcast.forecast.pricing import Chances
from propcast.forecast.systems.base import KEY, Forecasts

OUTCOME = ("game_day", "actual")
PRICE = ("line", "p_market", "over_odds", "under_odds")

_SEED = 11


def scored(forecasts: Forecasts, outcomes: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Score one system's forecasts of participants with an outcome; abstentions drop out.

    `outcomes`: event_id, participant_id, game_day, actual. `prices`: event_id, participant_id and the columns `PRICE`,
    at most one row per participant. Without a fitted blend the final probability is the market's.
    """
    rows = (
        forecasts.keys.with_row_index("row")
        .filter(pl.Series(forecasts.spoken))
        .join(outcomes.select(*KEY, *OUTCOME), on=KEY, how="inner", validate="1:1", maintain_order="left")
        .join(prices.select(*KEY, *PRICE), on=KEY, how="left", validate="1:1", maintain_order="left")
    )
    counts = forecasts.distributions.take(rows["row"].cast(pl.Int64).to_numpy())
    actual, line = floats(rows, "actual"), floats(rows, "line")
    raw = Chances.of(counts, np.arange(rows.height), line).over_no_push
    uniform = np.random.default_rng(_SEED).random(rows.height)
    return rows.drop("row").with_columns(
        column("mean", counts.mean),
        column("median", counts.median),
        column("crps", crps(counts.pmf, actual)),
        column("pit", pit(counts.pmf, actual, uniform)),
        column("p_raw", raw),
        pl.col("p_market").alias("p_final"),
        went_over(),
    )


def went_over() -> pl.Expr:
    """Return `over`: 1 or 0, null where the result equals the line or there is no line."""
    decided = pl.col("actual") != pl.col("line")
    return pl.when(decided).then((pl.col("actual") > pl.col("line")).cast(pl.Float64)).alias("over")
