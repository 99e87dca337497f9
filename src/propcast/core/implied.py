"""The market's family: its dispersion, its probabilities at a line, and the mean that a line and a price imply."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from propcast.core import markets
from propcast.core.arrays import FloatArray, IntArray
from propcast.core.markets import Market
from propcast.core.special import betainc, gammaincc

_LOWEST_MEAN = 1e-3
_GRID = 128
_STEPS = 9


def dispersion(market: Market, mean: FloatArray) -> FloatArray:
    """Return variance/mean at a mean: linear between the market's knots, flat outside them."""
    means, ratios = zip(*market.dispersion, strict=True)
    ratio: FloatArray = np.interp(mean, means, ratios)
    return ratio


def p_over_at(market: Market, implied_mean: FloatArray, line: FloatArray) -> FloatArray:
    """Return P(X > line | no push) under the market's family at a mean; NaN where either is missing."""
    below, at_most = _cdf_around(market, implied_mean, line)
    return (1.0 - at_most) / (1.0 - at_most + below)


def p_push_at(market: Market, implied_mean: FloatArray, line: FloatArray) -> FloatArray:
    """Return P(X = line) under the market's family at a mean; 0 on half lines."""
    below, at_most = _cdf_around(market, implied_mean, line)
    return at_most - below


def implied_mean(market: Market, line: FloatArray, p_over_no_push: FloatArray) -> FloatArray:
    """Return the mean whose P(over | no push) at the line is p, under the market's family.

    NaN where p is missing or outside (0, 1), or no mean up to the market's `max_count` reaches it.
    """
    asked = (p_over_no_push > 0) & (p_over_no_push < 1) & ~np.isnan(line)
    # Pairs as complex numbers are ordered like rows of two, and sorted ten times as fast.
    distinct, places = np.unique(line[asked] + 1j * p_over_no_push[asked], return_inverse=True)
    answer = np.full(len(line), np.nan)
    answer[asked] = _solve(market, distinct.real, distinct.imag)[places.ravel()]
    return answer


def by_market(
    names: pl.Series, formula: Callable[[Market, FloatArray, FloatArray], FloatArray], x: pl.Series, y: pl.Series
) -> FloatArray:
    """Apply one of these functions to rows of several markets: `names` says which market each row is of."""
    first, second = (column.cast(pl.Float64).to_numpy() for column in (x, y))
    answer = np.full(len(names), np.nan)
    for name in names.unique().to_list():
        rows = (names == name).to_numpy()
        answer[rows] = formula(markets.market(name), first[rows], second[rows])
    return answer


def _cdf_around(market: Market, mean: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return P(X < line) and P(X ≤ line); they differ on whole-number lines only."""
    ratio = dispersion(market, mean)
    at_most = _cdf(mean, ratio, np.floor(line))
    whole = line == np.floor(line)
    below = at_most.copy()
    below[whole] = _cdf(mean[whole], ratio[whole], line[whole] - 1.0)
    return below, at_most


def _cdf(mean: FloatArray, ratio: FloatArray, count: FloatArray) -> FloatArray:
    """P(X ≤ count) of a negative binomial with variance/mean `ratio`; `ratio` 1 is Poisson; 0 below 0."""
    trials = np.maximum(count, 0.0) + 1.0
    dispersed = ratio > 1.0
    poisson = ~dispersed  # each function is asked only where its answer is wanted: together they are most of the time
    cumulative = np.empty_like(mean)
    size = mean[dispersed] / (ratio[dispersed] - 1.0)
    cumulative[dispersed] = betainc(size, trials[dispersed], 1.0 / ratio[dispersed])
    cumulative[poisson] = gammaincc(trials[poisson], mean[poisson])
    return np.where(count < 0, 0.0 * mean, cumulative)


def _solve(market: Market, line: FloatArray, p: FloatArray) -> FloatArray:
    """Bracket every pair on a grid of means per line, then close in by the Illinois rule in log(mean)."""
    grid = _grid(market)
    lines, which = np.unique(line, return_inverse=True)
    upper = _first_above([_rising_curve(market, each) for each in lines.tolist()], which.ravel(), p)
    inside = (upper > 0) & (upper < _GRID)
    high = np.clip(upper, 1, _GRID - 1)
    start, end = np.log(grid[high - 1]), np.log(grid[high])
    mean = np.exp(_illinois(market, line, p, start, end))
    return np.where(inside, mean, np.nan)


def _grid(market: Market) -> FloatArray:
    grid: FloatArray = np.geomspace(_LOWEST_MEAN, float(market.max_count), _GRID)
    return grid


@lru_cache(maxsize=4096)
def _rising_curve(market: Market, line: float) -> FloatArray:
    """Return P(over) at one line for every mean of the grid; the same lines come back slate after slate.

    Far above the mean a curve can dip by less than a millionth where the dispersion falls; the running maximum rises.
    """
    curve: FloatArray = np.maximum.accumulate(p_over_at(market, _grid(market), np.full(_GRID, line)))
    return curve


def _first_above(curves: Sequence[FloatArray], which: IntArray, p: FloatArray) -> IntArray:
    """Return the index of the first grid mean whose probability exceeds p, on the curve of each p."""
    found = np.empty(len(p), dtype=np.int64)
    for i, curve in enumerate(curves):
        chosen = which == i
        found[chosen] = np.searchsorted(curve, p[chosen], side="right")
    return found


def _illinois(market: Market, line: FloatArray, p: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Run regula falsi with halved stale ends on P(over) − p between two logarithms of means."""
    a, b = start, end
    fa, fb = p_over_at(market, np.exp(a), line) - p, p_over_at(market, np.exp(b), line) - p
    for _ in range(_STEPS):
        gap = np.where(fb == fa, 1.0, fb - fa)
        c = np.where(fb == fa, b, b - fb * (b - a) / gap)
        fc = p_over_at(market, np.exp(c), line) - p
        crossed = fc * fb < 0
        a, fa = np.where(crossed, b, a), np.where(crossed, fb, fa / 2.0)
        b, fb = c, fc
    return np.clip(b, start, end)
