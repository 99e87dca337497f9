"""How many batters a starter faces: a distribution around the projection, with an early exit."""

from typing import Final

import numpy as np

from propcast.core.arrays import FloatArray
from propcast.core.normal import normal_cdf

MAX_BATTERS: Final = 36
BF_SD: Final = 3.4
"""Spread of a pitcher's starts about his own mean (DOMAIN 5.3)."""
EARLY_EXIT_CHANCE: Final = 0.03
EARLY_EXIT_BATTERS: Final = 9
"""Injury, ejection or a bad first inning: out within one time through the order."""


def batters_faced_pmf(projected: FloatArray) -> FloatArray:
    """Return P(BF = n) for n = 0…36, one row per projection; its mean is the projection, within the support's reach.

    A discretised normal of sd 3.4, mixed with a uniform early exit of 1–9 batters in 3 % of starts. A projection of
    NaN gives a row of NaN.
    """
    early_mean = (1 + EARLY_EXIT_BATTERS) / 2
    usual_mean = (projected - EARLY_EXIT_CHANCE * early_mean) / (1 - EARLY_EXIT_CHANCE)
    edges = np.arange(MAX_BATTERS + 2) - 0.5
    cumulative = normal_cdf((edges[None, :] - usual_mean[:, None]) / BF_SD)
    usual = np.diff(cumulative, axis=1)
    usual /= usual.sum(axis=1, keepdims=True)
    early = np.zeros(MAX_BATTERS + 1)
    early[1 : EARLY_EXIT_BATTERS + 1] = 1 / EARLY_EXIT_BATTERS
    mixed: FloatArray = (1 - EARLY_EXIT_CHANCE) * usual + EARLY_EXIT_CHANCE * early
    return mixed


def survival(pmf: FloatArray) -> FloatArray:
    """Return P(BF ≥ n) for n = 1…36 from P(BF = n) for n = 0…36."""
    reached: FloatArray = np.flip(np.cumsum(np.flip(pmf, axis=1), axis=1), axis=1)[:, 1:]
    return reached
