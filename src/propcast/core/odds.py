"""American odds, decimal odds and implied probabilities, and five ways to take the margin out (DOMAIN 2.6, 8.2).

Array functions read missing or impossible values as NaN and answer NaN; the scalar parser raises instead.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NewType

import numpy as np

from propcast.core.arrays import FloatArray
from propcast.core.errors import InputError
from propcast.core.normal import normal_cdf, normal_quantile

AmericanOdds = NewType("AmericanOdds", int)
DecimalOdds = NewType("DecimalOdds", float)
ImpliedProbability = NewType("ImpliedProbability", float)

_SMALLEST_AMERICAN = 100
_POWER_STEPS = 60


class DevigMethod(StrEnum):
    """A way to turn two prices into fair probabilities; one per report, never mixed between bet and close."""

    MULTIPLICATIVE = "multiplicative"
    ADDITIVE = "additive"
    POWER = "power"
    SHIN = "shin"
    PROBIT = "probit"


DEFAULT_DEVIG = DevigMethod.PROBIT


def parse_american(text: str) -> AmericanOdds:
    """Read an American price such as `-110` or `+135`; 0 and ±1…±99 are no prices."""
    try:
        price = int(text.strip().replace("\N{MINUS SIGN}", "-"))
    except ValueError as error:
        raise InputError(f"{text!r} is not an American price; write a whole number such as -110 or +135") from error
    if abs(price) < _SMALLEST_AMERICAN:
        raise InputError(f"{text!r} is not an American price; it must be -100 or lower, or +100 or higher")
    return AmericanOdds(price)


def decimal_odds(american: FloatArray) -> FloatArray:
    """Return what one unit pays back in all: −110 → 1.9091, +135 → 2.35; |A| < 100 → NaN."""
    priced = np.where(np.abs(american) >= _SMALLEST_AMERICAN, american, np.nan)
    return 1.0 + np.where(priced > 0, priced / 100.0, -100.0 / priced)


def implied_probability(american: FloatArray) -> FloatArray:
    """Return the break-even probability 1/D of a price, margin included: −110 → .5238."""
    return 1.0 / decimal_odds(american)


def american_odds(decimal: FloatArray) -> FloatArray:
    """Return the American price of decimal odds, not rounded; even money is +100, D ≤ 1 → NaN."""
    profit = np.where(decimal > 1.0, decimal, np.nan) - 1.0
    return np.where(profit >= 1.0, 100.0 * profit, -100.0 / profit)


def hold(over_implied: FloatArray, under_implied: FloatArray) -> FloatArray:
    """Return the book's margin `1 − 1/Q` of a two-sided quote (negative when the quote is crossed)."""
    return 1.0 - 1.0 / (over_implied + under_implied)


def devig(over_implied: FloatArray, under_implied: FloatArray, method: DevigMethod = DEFAULT_DEVIG) -> FloatArray:
    """Return the fair P(over | no push) of a two-sided quote.

    NaN where a side is missing or outside (0, 1), and where the quote is crossed (Q ≤ 1).
    """
    priced = (over_implied > 0) & (over_implied < 1) & (under_implied > 0) & (under_implied < 1)
    usable = priced & (over_implied + under_implied > 1.0)
    # Books quote few prices: a season holds some hundred pairs. As complex numbers they are found in one sort.
    pairs, places = np.unique(over_implied[usable] + 1j * under_implied[usable], return_inverse=True)
    fair = np.full(over_implied.shape, np.nan)
    fair[usable] = _METHODS[method](pairs.real, pairs.imag)[places.ravel()]
    return fair


def _multiplicative(over: FloatArray, under: FloatArray) -> FloatArray:
    return over / (over + under)


def _additive(over: FloatArray, under: FloatArray) -> FloatArray:
    return over - (over + under - 1.0) / 2.0


def _power(over: FloatArray, under: FloatArray) -> FloatArray:
    """Bisect 1/k, which lies in 0–1, so that no bracket has to be searched."""
    low, high = np.zeros_like(over), np.ones_like(over)
    with np.errstate(divide="ignore", under="ignore"):
        for _ in range(_POWER_STEPS):
            inverse = (low + high) / 2.0
            too_large = over ** (1.0 / inverse) + under ** (1.0 / inverse) > 1.0
            high, low = np.where(too_large, inverse, high), np.where(too_large, low, inverse)
    exponent = 2.0 / (low + high)
    over_share, under_share = over**exponent, under**exponent
    return over_share / (over_share + under_share)


def _shin(over: FloatArray, under: FloatArray) -> FloatArray:
    total, spread = over + under, (over - under) ** 2
    insiders = (total - 1.0) * (spread - total) / (total * (spread - 1.0))
    root = np.sqrt(insiders**2 + 4.0 * (1.0 - insiders) * over**2 / total)
    return (root - insiders) / (2.0 * (1.0 - insiders))


def _probit(over: FloatArray, under: FloatArray) -> FloatArray:
    return normal_cdf((normal_quantile(over) - normal_quantile(under)) / 2.0)


_METHODS: dict[DevigMethod, Callable[[FloatArray, FloatArray], FloatArray]] = {
    DevigMethod.MULTIPLICATIVE: _multiplicative,
    DevigMethod.ADDITIVE: _additive,
    DevigMethod.POWER: _power,
    DevigMethod.SHIN: _shin,
    DevigMethod.PROBIT: _probit,
}
