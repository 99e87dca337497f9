"""The market's family: its dispersion, its probabilities at a line, and the mean that a line and a price imply."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import polars as pl

from propcast.core import markets
from propcast.core.arrays import FloatArray, IntArray
from propcast.core.counts import around, up_to
from propcast.core.markets import Market

_LOWEST_MEAN = 1e-3
_GRID = 128
_STEPS = 7
"""Between two means of the grid as many steps come within 1e-12 of the answer, in every market."""

_End = tuple[FloatArray, FloatArray]
"""An end of brackets: logarithms of means, and P(over) − p there."""


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

    NaN where p is missing or outside (0, 1), the line lies outside the market's support, or no mean inside reaches it.
    """
    asked = (p_over_no_push > 0) & (p_over_no_push < 1) & (line >= 0) & (line <= market.max_count)
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
    below, at_most = around(mean, dispersion(market, mean), np.floor(line))
    return np.where(line == np.floor(line), below, at_most), at_most


def _solve(market: Market, line: FloatArray, p: FloatArray) -> FloatArray:
    """Bracket every pair on a grid of means per line, then close in by the Illinois rule in log(mean)."""
    grid = np.log(_grid(market))
    lines, which = np.unique(line, return_inverse=True)
    curves = _curves(market, lines)
    upper = _first_above(np.maximum.accumulate(curves, axis=1), which.ravel(), p)
    inside = (upper > 0) & (upper < _GRID)
    high = np.clip(upper, 1, _GRID - 1)
    low_end, high_end = ((grid[at], curves[which.ravel(), at] - p) for at in (high - 1, high))
    return np.where(inside, np.exp(_illinois(market, line, p, low_end, high_end)), np.nan)


def _grid(market: Market) -> FloatArray:
    grid: FloatArray = np.geomspace(_LOWEST_MEAN, float(market.max_count), _GRID)
    return grid


@lru_cache(maxsize=64)
def _distribution_functions(market: Market) -> FloatArray:
    """Return P(X ≤ k) for every mean of the grid and k = −1…`max_count`."""
    mean = _grid(market)
    at_most = np.cumsum(up_to(mean, dispersion(market, mean), market.max_count), axis=1)
    return np.concatenate([np.zeros((_GRID, 1)), at_most], axis=1)


def _curves(market: Market, lines: FloatArray) -> FloatArray:
    """Return P(over | no push) for every mean of the grid, one row per line.

    Far above the mean a curve can dip by less than a millionth where the dispersion falls.
    """
    at_or_below, below = np.floor(lines).astype(np.int64), np.ceil(lines).astype(np.int64) - 1
    known = _distribution_functions(market).T
    over, under = 1.0 - known[at_or_below + 1], known[below + 1]
    curves: FloatArray = over / (over + under)
    return curves


def _first_above(curves: FloatArray, which: IntArray, p: FloatArray) -> IntArray:
    """Return the index of the first grid mean whose probability exceeds p, on the rising curve of each p."""
    found = np.empty(len(p), dtype=np.int64)
    for i, curve in enumerate(curves):
        chosen = which == i
        found[chosen] = np.searchsorted(curve, p[chosen], side="right")
    return found


def _illinois(market: Market, line: FloatArray, p: FloatArray, low: _End, high: _End) -> FloatArray:
    """Run regula falsi with halved stale ends on P(over) − p between two logarithms of means, given with its values."""
    (start, fa), (end, fb) = low, high
    a, b = start, end
    for _ in range(_STEPS):
        gap = np.where(fb == fa, 1.0, fb - fa)
        c = np.where(fb == fa, b, b - fb * (b - a) / gap)
        fc = p_over_at(market, np.exp(c), line) - p
        crossed = fc * fb < 0
        a, fa = np.where(crossed, b, a), np.where(crossed, fb, fa / 2.0)
        b, fb = c, fc
    return np.clip(b, start, end)
