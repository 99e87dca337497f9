"""What the market itself says: the benchmark, and the only system that needs no history."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, by_formula


class MarketImplied:
    """Forecasts the mean that the consensus line and price imply."""

    name = "market_implied"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast where sportsbooks agree on a price; else NO_LINE, DFS_ONLY, or what the consensus lacks."""
        rows, mean = inputs.market_opinion.with_columns(inputs.features["reason"]), pl.col("implied_mean")
        context = pl.when(pl.col("reason") != Reason.INSUFFICIENT_HISTORY.value).then("reason")
        return by_formula(self, inputs, rows, mean, pl.coalesce(context, _silence(mean)), [mean])


def _silence(mean: pl.Expr) -> pl.Expr:
    books, dfs = pl.col("n_books").fill_null(0), pl.col("n_dfs").fill_null(0)
    stated = pl.col("reasons").list.first()
    return (
        pl.when((books == 0) & (dfs > 0))
        .then(pl.lit(Reason.DFS_ONLY))
        .when(pl.col("market").is_null() | ((books == 0) & stated.is_null()))
        .then(pl.lit(Reason.NO_LINE))
        .when((books == 0) | mean.is_null())
        .then(pl.coalesce(stated, pl.lit(Reason.TOO_FEW_BOOKS)))
    )
