"""The exact law of a starter's strikeouts: a sum over the batters he faces, batter by batter."""

import numpy as np

from propcast.core.arrays import FloatArray
from propcast.core.markets import market
from propcast.sources.simulated.mlb.duel import FORM_CHANCES, FORMS, MOST_BATTERS, strikeout_chances

MOST_STRIKEOUTS = market("pitcher_strikeouts").max_count


def tabulate(logits: FloatArray, batters: FloatArray) -> FloatArray:
    """Return P(strikeouts = k), shape (rows, 28).

    `logits` (rows, 36) are the log-odds of the batters in their order on a usual day; `batters` (rows, 37) is
    P(he faces n). The day's form mixes three such laws.
    """
    parts = [weight * _on_a_day(strikeout_chances(logits, form), batters) for weight, form in _FORMS]
    law: FloatArray = np.sum(parts, axis=0)
    return law


_FORMS = list(zip(FORM_CHANCES.tolist(), FORMS, strict=True))


def _on_a_day(chances: FloatArray, batters: FloatArray) -> FloatArray:
    """Add up the law over how many batters he faces, building the count one batter at a time."""
    count = np.zeros((len(chances), MOST_STRIKEOUTS + 1))
    count[:, 0] = 1.0
    law = batters[:, :1] * count
    for n in range(MOST_BATTERS):
        p = chances[:, n : n + 1]
        top = p[:, 0] * count[:, -1]
        count = count * (1 - p) + np.concatenate([np.zeros((len(count), 1)), count[:, :-1]], axis=1) * p
        count[:, -1] += top
        law += batters[:, n + 1 : n + 2] * count
    return law
