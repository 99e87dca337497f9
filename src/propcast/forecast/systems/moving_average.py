"""The moving average: recent form, shrunk, adjusted for opponent, pace, fatigue or park."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, by_formula
from propcast.forecast.systems.expectation import expectation, terms, with_league


class MovingAverage:
    """Forecasts the formula expectation with the market's dispersion."""

    name = "moving_average"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast whoever has history; a missing factor is FEATURES_MISSING."""
        rows, mean = with_league(inputs.features, inputs.pool), expectation(inputs.market)
        silence = pl.coalesce("reason", pl.when(mean.is_null()).then(pl.lit(Reason.FEATURES_MISSING)))
        return by_formula(self, inputs, rows, mean, silence, terms(inputs.market))
