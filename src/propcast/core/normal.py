"""The standard normal distribution over whole arrays, by the standard library's functions: one value at a time.

Its callers ask about distinct values, of which there are few: `devig` about some hundred pairs of prices a season.
"""

from collections.abc import Callable
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np

from propcast.core.arrays import FloatArray

_ROOT_TWO = sqrt(2.0)
_STANDARD = NormalDist()


def normal_cdf(x: FloatArray) -> FloatArray:
    """Return Φ(x) for an array of any shape; NaN of NaN."""
    return _each(lambda value: 0.5 * erfc(-value / _ROOT_TWO), x)


def normal_quantile(p: FloatArray) -> FloatArray:
    """Return Φ⁻¹(p) for an array of any shape (Wichura 1988): ±∞ at 0 and 1, NaN outside and of NaN."""
    inside = (p > 0) & (p < 1)
    ends = np.where(p == 0, -np.inf, np.where(p == 1, np.inf, np.nan))
    return np.where(inside, _each(_STANDARD.inv_cdf, np.where(inside, p, 0.5)), ends)


def _each(function: Callable[[float], float], x: FloatArray) -> FloatArray:
    return np.array([function(value) for value in x.ravel().tolist()], dtype=np.float64).reshape(x.shape)
