"""Proper scores, calibration and intervals, as array functions (DOMAIN 9.4, EVALUATION)."""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import FloatArray, IntArray
from propcast.core.errors import InputError

_LOWEST_P = 1e-12
ECE_BINS = 15


def crps(pmf: FloatArray, actual: FloatArray) -> FloatArray:
    """Return `Σ_k (F(k) − 1{k ≥ x})²` per row of count probabilities; NaN where x or the row is missing."""
    counts = np.arange(pmf.shape[1])
    reached = counts >= np.nan_to_num(actual)[:, None]
    score = ((np.cumsum(pmf, axis=1) - reached) ** 2).sum(axis=1)
    return np.where(np.isnan(actual), np.nan, score)


def pit(pmf: FloatArray, actual: FloatArray, uniform: FloatArray) -> FloatArray:
    """Return the randomised probability integral transform `F(x−1) + U·P(x)`: uniform on 0–1 when calibrated."""
    count = np.clip(np.nan_to_num(actual), 0, pmf.shape[1] - 1).astype(np.int64)[:, None]
    at = np.take_along_axis(pmf, count, axis=1)[:, 0]
    up_to = np.take_along_axis(np.cumsum(pmf, axis=1), count, axis=1)[:, 0]
    value = np.clip(up_to - at + uniform * at, 0.0, 1.0)
    return np.where(np.isnan(actual), np.nan, value)


def log_loss(p: FloatArray, happened: FloatArray) -> FloatArray:
    """Return `−log` of the probability given to what happened (1 or 0), per row; lower is better."""
    given = np.where(happened > 0, p, 1.0 - p)
    return np.where(np.isnan(happened), np.nan, -np.log(np.maximum(given, _LOWEST_P)))


def brier(p: FloatArray, happened: FloatArray) -> FloatArray:
    """Return the squared difference of probability and outcome (1 or 0), per row; lower is better."""
    return (p - happened) ** 2


def interval_coverage(pit_values: FloatArray, level: float) -> float:
    """Return the share of outcomes inside the central interval of that level, by randomised PIT.

    Whole-number quantiles cover more than they say; the randomised transform covers exactly `level` when calibrated.
    """
    known = pit_values[~np.isnan(pit_values)]
    tail = (1.0 - level) / 2.0
    return float(np.mean((known >= tail) & (known <= 1.0 - tail))) if len(known) else float("nan")


@dataclass(frozen=True)
class Calibration:
    """A calibration table: per bin how many rows, their mean probability and how often it happened."""

    n: IntArray
    mean_p: FloatArray
    frequency: FloatArray

    @property
    def ece(self) -> float:
        """Mean distance of probability and frequency, weighted by rows."""
        return float(np.average(np.abs(self.mean_p - self.frequency), weights=self.n)) if self.n.sum() else float("nan")


def calibration(p: FloatArray, happened: FloatArray, bins: int = ECE_BINS) -> Calibration:
    """Return the calibration table over bins of equal mass; rows with a missing value are left out."""
    known = ~np.isnan(p) & ~np.isnan(happened)
    order = np.argsort(p[known], kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return Calibration(
        n=np.array([len(part) for part in parts], dtype=np.int64),
        mean_p=np.array([p[known][part].mean() for part in parts], dtype=np.float64),
        frequency=np.array([happened[known][part].mean() for part in parts], dtype=np.float64),
    )


def expected_calibration_error(p: FloatArray, happened: FloatArray, bins: int = ECE_BINS) -> float:
    """Return the expected calibration error over bins of equal mass."""
    return calibration(p, happened, bins).ece


@dataclass(frozen=True)
class Interval:
    """A mean with its bootstrap interval and the number of rows behind it."""

    value: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside: the word `better` means this."""
        return self.low > 0 or self.high < 0


def bootstrap_by_day(
    values: FloatArray, days: IntArray, seed: int, samples: int = 2000, level: float = 0.95
) -> Interval:
    """Return the mean of values with a bootstrap interval that resamples whole game days.

    Give differences of two scores on the same rows for a paired comparison. Rows of NaN are left out.
    """
    if len(values) != len(days):
        raise InputError(f"{len(values)} values on {len(days)} days; give one day per value")
    known = ~np.isnan(values)
    _, day = np.unique(days[known], return_inverse=True)
    if not len(day):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    sums, counts = np.bincount(day, values[known]), np.bincount(day)
    weights = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), samples)
    means = (weights @ sums) / (weights @ counts)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values[known].mean()), float(low), float(high), len(day))
