"""By how much one sample lies above another: Mann–Whitney's interval around the Hodges–Lehmann estimate."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from propcast.core.shares import Interval, normal_quantile

Floats: TypeAlias = NDArray[np.float64]
Stratum: TypeAlias = tuple[Floats, Floats]
"""Values of both samples under the same circumstances; values of different strata are never compared."""

_STEPS = 48


@dataclass(frozen=True)
class Shift:
    """The middle of all pairwise differences (first − second), and the interval that a rank test does not refuse."""

    estimate: float
    interval: Interval | None


class Pairs:
    """All pairwise differences within strata, never written out: n log n time, n memory."""

    def __init__(self, strata: Sequence[Stratum]) -> None:
        self._strata = [(np.sort(ours), np.sort(theirs)) for ours, theirs in strata]
        self.n = sum(ours.size * theirs.size for ours, theirs in self._strata)
        squares = sum(a.size * b.size * (a.size + b.size + 1) for a, b in self._strata)
        self.rank_sd = sqrt(squares / 12)
        self._least = min(float(ours[0] - theirs[-1]) for ours, theirs in self._strata)
        self._most = max(float(ours[-1] - theirs[0]) for ours, theirs in self._strata)

    def at(self, place: int) -> float:
        """Return the difference of that place in order, from 1, to within 1e-14 of their span."""
        low, high = self._least, self._most
        if self._count(low) >= place:
            return low
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._count(middle) >= place else (middle, high)
        return high

    def _count(self, value: float) -> int:
        """Return how many differences are at most this."""
        larger = sum(int(np.searchsorted(theirs, ours - value).sum()) for ours, theirs in self._strata)
        return self.n - larger


def shift(strata: Sequence[Stratum], confidence: float) -> Shift:
    """Estimate by how much the first of each pair of samples lies above the second; no stratum has an empty sample.

    Hollander and Wolfe, 4.3: the ends are order statistics of the differences, ties make the interval wider. Without
    enough values for an interval of that confidence there is none.
    """
    pairs = Pairs(strata)
    middle = (pairs.at((pairs.n + 1) // 2) + pairs.at(pairs.n // 2 + 1)) / 2
    first = floor(pairs.n / 2 - normal_quantile(confidence) * pairs.rank_sd)
    return Shift(middle, (pairs.at(first), pairs.at(pairs.n + 1 - first)) if first >= 1 else None)
