"""Slices of time: requests that are under way together meet the same stall of a machine.

A rank test takes each request for itself and is surer than it may be where stalls have hit one sample alone. Then a
difference is taken in each slice, and the middle one of them is known by a sign test, which asks of stalls only that
they do not last for most of the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from propcast.delivery.judge.shifts import Floats, Shift

FEWEST, MOST = 10, 30
PER_SLICE = 10
"""So many values of each sample make a slice, as far as there are enough for ten of them."""
_USUAL = 3.75
"""The variance between ten slices is that much larger by chance once in ten thousand times (chi-square, 9 degrees)."""


@dataclass(frozen=True)
class Timed:
    """Values of one sample and when each came to be; without the times they are in no slice."""

    values: Floats
    at: Floats


Pair = tuple[Timed, Timed]


def is_stalled(strata: Sequence[Pair]) -> bool:
    """Tell whether the samples differ more from one slice to another than those of independent requests ever do.

    What hits both samples at the same time cancels out, and so does a difference that is the same all the time.
    """
    if any(sample.at.size != sample.values.size for pair in strata for sample in pair):
        return False
    ours, theirs = (_together([_ranked(pair)[arm] for pair in strata]) for arm in (0, 1))
    edges = _edges(ours, theirs, FEWEST)
    apart = _sums(ours, edges) / ours.values.size - _sums(theirs, edges) / theirs.values.size
    alone = sum(float((sample.values**2).sum()) / sample.values.size**2 for sample in (ours, theirs))
    return float((apart**2).sum()) * FEWEST / (FEWEST - 1) > _USUAL * alone


def shift_by_slices(strata: Sequence[Pair], confidence: float) -> Shift:
    """Estimate by how much the first sample lies above the second in the middle one of the slices of time."""
    ours, theirs = (_together([_centred(pair)[arm] for pair in strata]) for arm in (0, 1))
    count = min(max(min(ours.values.size, theirs.values.size) // PER_SLICE, FEWEST), MOST)
    edges = _edges(ours, theirs, count)
    sliced = zip(_slices(ours, edges), _slices(theirs, edges), strict=True)
    found = sorted(float(np.median(mine) - np.median(other)) for mine, other in sliced if mine.size and other.size)
    first = _first(len(found), confidence)
    return Shift(float(np.median(found)) if found else 0.0, (found[first - 1], found[-first]) if first else None)


def _first(n: int, confidence: float) -> int:
    """Return the place, from 1, of the lower end of a sign test's interval; 0 where n values are too few for one."""
    below, first = 0.0, 0
    while first < n // 2 and 2 * (below + comb(n, first) / 2**n) <= 1 - confidence:
        below += comb(n, first) / 2**n
        first += 1
    return first


def _ranked(pair: Pair) -> Pair:
    """Return each sample as ranks among both, less their mean in that sample."""
    both = np.concatenate([sample.values for sample in pair])
    _, places, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places] / both.size
    parts = ranks[: pair[0].values.size], ranks[pair[0].values.size :]
    ours, theirs = (Timed(part - part.mean(), sample.at) for part, sample in zip(parts, pair, strict=True))
    return ours, theirs


def _centred(pair: Pair) -> Pair:
    """Return each sample by its distance from the median of both, so that strata may share a slice."""
    middle = float(np.median(np.concatenate([sample.values for sample in pair])))
    ours, theirs = (Timed(sample.values - middle, sample.at) for sample in pair)
    return ours, theirs


def _together(samples: Sequence[Timed]) -> Timed:
    return Timed(np.concatenate([each.values for each in samples]), np.concatenate([each.at for each in samples]))


def _edges(ours: Timed, theirs: Timed, count: int) -> Floats:
    """Return where slices end; each has as many values as the others."""
    edges: Floats = np.quantile(np.concatenate([ours.at, theirs.at]), np.linspace(0, 1, count + 1)[1:-1])
    return edges


def _slices(sample: Timed, edges: Floats) -> list[Floats]:
    numbers = np.searchsorted(edges, sample.at, side="right")
    return [sample.values[numbers == number] for number in range(edges.size + 1)]


def _sums(sample: Timed, edges: Floats) -> Floats:
    return np.array([values.sum() for values in _slices(sample, edges)])
