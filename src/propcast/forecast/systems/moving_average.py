"""The moving average: recent form, shrunk, adjusted for opponent, pace, fatigue or park."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, counted, with_reasons
from propcast.forecast.systems.contributions import top_columns
from propcast.forecast.systems.expectation import expectation, terms, with_league


class MovingAverage:
    """Forecasts the formula expectation with the market's dispersion."""

    name = "moving_average"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast whoever has history; a missing factor is FEATURES_MISSING."""
        rows = with_league(with_reasons(inputs), inputs.pool)
        opinions = rows.select(
            expectation(inputs.market).alias("mean"),
            pl.coalesce("reason", pl.when(expectation(inputs.market).is_null()).then(pl.lit(Reason.FEATURES_MISSING))),
        )
        return counted(self, inputs, opinions, top_columns(rows.select(terms(inputs.market))))
