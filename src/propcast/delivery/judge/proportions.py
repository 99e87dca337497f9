"""Two shares against each other: a score interval of their difference, and an exact test that one is larger."""

from math import exp, lgamma, sqrt

from propcast.core.shares import Interval, share_interval


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
    all_hits, misses = hits + other_hits, n + other_n - hits - other_hits
    possible = range(max(hits, n - misses), min(all_hits, n) + 1)
    whole = _log_ways(n + other_n, n)
    return min(1.0, sum(exp(_log_ways(all_hits, k) + _log_ways(misses, n - k) - whole) for k in possible))


def _log_ways(n: int, k: int) -> float:
    """Return the logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
