"""Gradient-boosted trees on the `core` features: the trained system."""

import numpy as np
import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.model import Model, matrix
from propcast.forecast.systems.base import Forecasts, SlateInputs, counted, with_reasons
from propcast.forecast.systems.contributions import top_terms

NAME = "gbm_lightgbm"


class Boosted:
    """Forecasts with one loaded model; without one it abstains, nothing stands in for it."""

    name = NAME

    def __init__(self, model: Model | None) -> None:
        self.model = model

    @property
    def model_id(self) -> str:
        """Id of the artefact, `none` without one."""
        return "none" if self.model is None else self.model.card.model_id

    def forecast(self, inputs: SlateInputs) -> Forecasts:
        """Forecast every row with history whose features were built by the model's contract."""
        rows = with_reasons(inputs)
        if self.model is None:
            return _silent(self, inputs, rows, pl.lit(Reason.MODEL_UNAVAILABLE))
        other = pl.col("feature_hash") != self.model.card.feature_hash
        values = matrix(rows, self.model.card.features)
        mean = self.model.means(values)
        opinions = rows.select(
            pl.Series("mean", mean), pl.coalesce("reason", pl.when(other).then(pl.lit(Reason.FEATURE_HASH_MISMATCH)))
        )
        effects = self.model.effects(values)
        return counted(self, inputs, opinions, top_terms(self.model.card.features, effects), self.model.ratios(mean))


def _silent(system: Boosted, inputs: SlateInputs, rows: pl.DataFrame, reason: pl.Expr) -> Forecasts:
    opinions = rows.select(pl.lit(None, pl.Float64).alias("mean"), pl.coalesce("reason", reason).alias("reason"))
    return counted(system, inputs, opinions, [None] * rows.height, np.full(rows.height, np.nan))
