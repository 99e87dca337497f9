"""Probabilities of counts by mean and variance/mean, multiplied up from none: negative binomial, at 1 Poisson.

P(0) = exp(−mean·ln(v)/(v−1)) and P(k) = P(k−1)·(mean/v + (1 − 1/v)·(k−1))/k, with v = variance/mean (DOMAIN 7).
"""

import numpy as np

from propcast.core.arrays import FloatArray


def p_none(mean: FloatArray, ratio: FloatArray) -> FloatArray:
    """Return P(X = 0); `ratio` is variance/mean, at least 1."""
    excess = ratio - 1.0
    decay = np.where(excess > 0, np.log1p(excess) / np.where(excess > 0, excess, 1.0), 1.0)
    nothing: FloatArray = np.exp(-mean * decay)
    return nothing


def up_to(mean: FloatArray, ratio: FloatArray, highest: int) -> FloatArray:
    """Return P(X = k) for k = 0…`highest`, one row for each mean and ratio, shape (n, `highest` + 1)."""
    m, v = mean[:, None], ratio[:, None]
    steps = _growth(m / v, 1.0 - 1.0 / v, np.arange(1, highest + 1, dtype=np.float64))
    pmf: FloatArray = np.cumprod(np.concatenate([p_none(m, v), steps], axis=1), axis=1)
    return pmf


def around(mean: FloatArray, ratio: FloatArray, count: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return P(X < count) and P(X ≤ count) of whole counts, shape (n,): 0 below 0, NaN where anything is missing."""
    highest_first = np.argsort(-count, kind="stable")
    limit, m, v = count[highest_first], mean[highest_first], ratio[highest_first]
    base, slope = m / v, 1.0 - 1.0 / v
    term = np.where(limit >= 0, p_none(m, v), 0.0 * (m + limit))
    total = term.copy()
    steps = np.arange(1.0, np.nanmax(limit, initial=0.0) + 1.0)
    for k, n in zip(steps.tolist(), _reaching(limit, steps), strict=True):  # the rows below are complete
        term[:n] *= _growth(base[:n], slope[:n], k)
        total[:n] += term[:n]
    at_most, below = np.empty_like(total), np.empty_like(total)
    at_most[highest_first] = np.minimum(total, 1.0)
    below[highest_first] = np.minimum(total, 1.0) - term
    return below, at_most


def _growth(base: FloatArray, slope: FloatArray, k: FloatArray | float) -> FloatArray:
    return (base + slope * (k - 1.0)) / k


def _reaching(limit: FloatArray, steps: FloatArray) -> list[int]:
    """Return how many of the descending limits, NaN last, are at least each step."""
    known = limit[~np.isnan(limit)]
    counts: list[int] = (len(known) - np.searchsorted(known[::-1], steps)).tolist()
    return counts
