"""Strikeouts added up over the batting order, as deep as the pitcher is expected to go (DOMAIN 5.3)."""

import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import UNTRAINED, Forecasts, SlateInputs, counted, with_reasons
from propcast.forecast.systems.contributions import top_columns


class LineupBottomUp:
    """Forecasts the precomputed sum over the line-up."""

    name = "lineup_bottom_up"
    model_id = UNTRAINED

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast where batters are known, else FEATURES_MISSING."""
        rows = with_reasons(inputs)
        mean = pl.col("expected_k_bottom_up").cast(pl.Float64)
        opinions = rows.select(
            mean.alias("mean"), pl.coalesce("reason", pl.when(mean.is_null()).then(pl.lit(Reason.FEATURES_MISSING)))
        )
        return counted(self, inputs, opinions, top_columns(rows.select("expected_k_bottom_up")))
