"""Two shares against each other: a score interval of their difference, and an exact test that one is larger."""

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


def difference_interval(hits: int, n: int, other_hits: int, other_n: int, confidence: float) -> Interval:
    """Return the score interval of (share − other share): Newcombe (1998), method 10, from both Wilson intervals."""
    share, other = hits / n, other_hits / other_n
    (low, high), (other_low, other_high) = (
        share_interval(hits, n, confidence),
        share_interval(other_hits, other_n, confidence),
    )
    difference = share - other
    return (
        difference - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        difference + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def chance_of_more(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """Return Fisher's exact one-sided p: how often that many hits fall to the first if the two do not differ."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(hits - 1, n + other_n, hits + other_hits, n))
