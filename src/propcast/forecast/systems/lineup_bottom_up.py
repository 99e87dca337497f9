"""Strikeouts added up over the batting order, as deep as the pitcher is expected to go (DOMAIN 5.3)."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, by_formula


class LineupBottomUp:
    """Forecasts the precomputed sum over the line-up."""

    name = "lineup_bottom_up"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast where batters are known, else FEATURES_MISSING."""
        mean = pl.col("expected_k_bottom_up")
        silence = pl.coalesce("reason", pl.when(mean.is_null()).then(pl.lit(Reason.FEATURES_MISSING)))
        return by_formula(self, inputs, inputs.features, mean, silence, [mean])
