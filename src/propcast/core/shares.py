"""A share of a count, and how far off it may be."""

from math import sqrt
from statistics import NormalDist

Interval = tuple[float, float]


def normal_quantile(confidence: float) -> float:
    """Return how many standard deviations a two-sided interval of that confidence reaches to either side."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def share_interval(hits: int, n: int, confidence: float) -> Interval:
    """Return Wilson's score interval of a share; `n` is at least 1."""
    z, share = normal_quantile(confidence), hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)
