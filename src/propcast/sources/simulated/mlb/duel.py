"""Pitcher against batter: the true chance of a strikeout, and how many batters a starter faces."""

import numpy as np
from scipy.special import expit, logit

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.sources.simulated.mlb.lineups import same_side
from propcast.sources.simulated.mlb.people import LEAGUE_K, Hitting, Pitching

MOST_BATTERS = 36
"""No starter faces more."""

FORMS = np.array([-0.30, 0.0, 0.30])
FORM_CHANCES = np.array([0.25, 0.5, 0.25])
"""A pitcher has a bad, a usual or a good day: it adds to the log-odds of every strikeout of the game."""

_BY_PASS = np.array([0.10, 0.0, -0.13])
_SD_BATTERS, _FEWEST, _EARLY_EXIT, _EARLY_MOST = 3.2, 3, 0.015, 9
_OPENER_BATTERS, _OPENER_SD, _OPENER_MOST = 5.0, 1.6, 9


def strikeout_logits(
    pitchers: Pitching, hitters: Hitting, pitcher: IntArray, batter: IntArray, park: FloatArray, times: IntArray
) -> FloatArray:
    """Return the log-odds of a strikeout on a usual day, of broadcastable pitchers, batters, parks and passes (1 …).

    Both men's log-odds over the league's add up (log5); own-handed match-ups and the first pass favour the pitcher.
    """
    same = np.where(same_side(hitters, batter, pitchers.left[pitcher]), 0.5, -0.5)
    platoon = same * (pitchers.platoon[pitcher] + hitters.platoon[batter])
    passes = _BY_PASS[np.minimum(times, len(_BY_PASS)) - 1]
    total: FloatArray = pitchers.k_logit[pitcher] + hitters.k_logit[batter] + platoon + park + passes
    return float(logit(LEAGUE_K)) + total


def strikeout_chances(logits: FloatArray, form: FloatArray) -> FloatArray:
    """Return the chance of a strikeout on a day of that form."""
    chances: FloatArray = expit(logits + form)
    return chances


def batters_faced(planned: FloatArray, is_opener: BoolArray) -> FloatArray:
    """Return P(a starter faces n batters), n = 0 … 36 on a new last axis, by how many he is meant to face.

    A rounded normal law, and for regular starters now and then an early end.
    """
    n = np.arange(MOST_BATTERS + 1)
    usual = _truncated(planned[..., None], _SD_BATTERS, n, _FEWEST, MOST_BATTERS)
    early = ((n >= 1) & (n <= _EARLY_MOST)) / _EARLY_MOST
    opener = _truncated(np.full((*planned.shape, 1), _OPENER_BATTERS), _OPENER_SD, n, 1, _OPENER_MOST)
    return np.where(is_opener[..., None], opener, (1 - _EARLY_EXIT) * usual + _EARLY_EXIT * early)


def _truncated(mean: FloatArray, sd: float, n: IntArray, fewest: int, most: int) -> FloatArray:
    weight = np.where((n >= fewest) & (n <= most), np.exp(-0.5 * ((n - mean) / sd) ** 2), 0.0)
    shares: FloatArray = weight / weight.sum(axis=-1, keepdims=True)
    return shares
