"""Gradient-boosted trees on the `core` features: the trained system."""

import numpy as np
import polars as pl

from propcast.core.reasons import Reason
from propcast.forecast.model import Model, matrix
from propcast.forecast.systems.base import Forecasts, SlateInputs, counted
from propcast.forecast.systems.contributions import Terms

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
        if self.model is None:
            return _silent(self, inputs)
        other = pl.col("feature_hash") != self.model.card.feature_hash
        values = matrix(inputs.features, self.model.card.features)
        mean = self.model.means(values)
        silence = _silence(inputs, pl.when(other).then(pl.lit(Reason.FEATURE_HASH_MISMATCH)))
        terms = Terms(self.model.card.features, self.model.effects(values))
        return counted(self, inputs, mean, silence, terms, self.model.ratios(mean))


def _silent(system: Boosted, inputs: SlateInputs) -> Forecasts:
    unknown = np.full(inputs.features.height, np.nan)
    terms = Terms((), np.empty((inputs.features.height, 0)))
    return counted(system, inputs, unknown, _silence(inputs, pl.lit(Reason.MODEL_UNAVAILABLE)), terms, unknown)


def _silence(inputs: SlateInputs, reason: pl.Expr) -> list[str | None]:
    silence: list[str | None] = inputs.features.select(pl.coalesce("reason", reason)).to_series().to_list()
    return silence
