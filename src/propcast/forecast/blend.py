"""How a system's probability and the market's become one, in log-odds (DOMAIN 7)."""

from typing import Protocol

import numpy as np

from propcast.core.arrays import FloatArray
from propcast.core.errors import InputError


class Calibrator(Protocol):
    """Corrects raw P(over | no push), fitted walk-forward on earlier graded rows only."""

    def calibrated(self, p_over: FloatArray) -> FloatArray:
        """Return the corrected probabilities."""
        ...


class Uncalibrated:
    """Nothing has been fitted yet: no calibrated probability exists (NOT_CALIBRATED)."""

    def calibrated(self, p_over: FloatArray) -> FloatArray:
        """Return NaN everywhere."""
        return np.full_like(p_over, np.nan)


def blended(p_market: FloatArray, p_calibrated: FloatArray, weight: float) -> FloatArray:
    """Return `logit p = logit p_mkt + w·(logit p_cal − logit p_mkt)`, all P(over | no push); NaN without a market.

    A weight of 0, which is what stands until one is fitted, is the market alone and asks for no calibrated one.
    """
    if not 0 <= weight <= 1:
        raise InputError(f"a blend weight lies in 0–1, got {weight}; fit it again")
    if weight == 0:
        return p_market
    market, own = _logit(p_market), _logit(p_calibrated)
    return 1 / (1 + np.exp(-(market + weight * (own - market))))


def _logit(p: FloatArray) -> FloatArray:
    odds: FloatArray = np.log(p) - np.log1p(-p)
    return odds
