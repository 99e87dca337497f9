"""A trained model in memory: native trees, a dispersion curve and the card that says what it is."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray
from propcast.forecast.attribution import leaf_effects, summed

if TYPE_CHECKING:
    from lightgbm import Booster

ONE_THREAD = 1
"""A slate takes two milliseconds; starting and joining threads costs more, above all on a busy machine."""


@dataclass(frozen=True)
class Card:
    """What a model is, checked whenever it is loaded.

    Attributes:
        model_id: hash of everything below and of the trees.
        feature_hash: the contract it was trained on; another is refused.
        features: the `core` names, in the order of the trees' columns.
        train_from: first game day it was fitted on.
        train_until: day before which all its rows lie.
        n_rows: rows it was fitted on.
        data_hash: content hash of those rows.
        libraries: versions of what it was trained with.
        dispersion: (predicted mean, variance/mean) knots, linear between, flat outside.
        golden_rows: feature rows (null = missing) whose predictions are known.
        golden_means: those predictions.
        trees_sha256: hash of the native model text.
    """

    model_id: str
    sport: str
    market: str
    system: str
    feature_hash: str
    features: tuple[str, ...]
    train_from: str
    train_until: str
    n_rows: int
    data_hash: str
    libraries: dict[str, str]
    dispersion: tuple[tuple[float, float], ...]
    golden_rows: tuple[tuple[float | None, ...], ...]
    golden_means: tuple[float, ...]
    trees_sha256: str


@dataclass(frozen=True)
class Model:
    """A loaded model; made by `artefact.unpack` only, after every check."""

    card: Card
    booster: "Booster"

    def means(self, values: FloatArray) -> FloatArray:
        """Return expected counts of feature rows (`matrix`)."""
        return predicted(self.booster, values)

    def ratios(self, means: FloatArray) -> FloatArray:
        """Return variance/mean at predicted means."""
        return curve(self.card.dispersion, means)

    def effects(self, values: FloatArray) -> FloatArray:
        """Return each feature's effect on the prediction in counts, rows × features."""
        leaves = self.booster.predict(values, pred_leaf=True, num_threads=ONE_THREAD)
        return summed(self._leaf_effects, np.asarray(leaves, dtype=np.int64).reshape(len(values), -1))

    @cached_property
    def _leaf_effects(self) -> FloatArray:
        return leaf_effects(self.booster)


def matrix(rows: pl.DataFrame, features: tuple[str, ...]) -> FloatArray:
    """Return the features as rows × columns, NaN where null."""
    values = rows.select(pl.col(features).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    return np.ascontiguousarray(values)


def predicted(booster: "Booster", values: FloatArray) -> FloatArray:
    """Return the trees' predictions, never below 0; the same to the last bit on every call."""
    if not len(values):
        return np.empty(0)
    means = np.asarray(booster.predict(values, num_threads=ONE_THREAD), dtype=np.float64)
    return np.maximum(means, 0.0)


def curve(knots: tuple[tuple[float, float], ...], means: FloatArray) -> FloatArray:
    """Return the knots' value at each mean, linear between and flat outside."""
    at, value = zip(*knots, strict=True)
    found: FloatArray = np.interp(means, at, value)
    return found
