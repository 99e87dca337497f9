"""Who can play: injuries and doubtful days, each with its true chance."""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import FloatArray, IntArray
from propcast.sources.simulated.league import League

FIT, DOUBTFUL, OUT = 0, 1, 2

FIT_CHANCE = 0.975
_DOUBTFUL_CHANCES = (0.45, 0.85)
_NEW_INJURY, _NEW_DOUBT = 0.011, 0.016
_DOUBTFUL_DAYS = 5


@dataclass(frozen=True)
class Health:
    """How fit each player is on each day of the season.

    Attributes:
        state: FIT, DOUBTFUL or OUT, shape (players, days).
        chance: P(able to play), the same shape; 0 for who is out.
    """

    state: IntArray
    chance: FloatArray


def health(league: League, kind: str, year: int, players: int, days: int) -> Health:
    """Return the health of a season's people of one kind, day by day; absences last from days to months."""
    rng = league.stream("health", kind, year)
    state = np.zeros((players, days), dtype=np.int64)
    chance = np.full((players, days), FIT_CHANCE)
    until, what = np.zeros(players, dtype=np.int64), np.zeros(players, dtype=np.int64)
    doubt = np.zeros(players)
    for day in range(days):
        drawn, lengths, doubts = rng.random(players), _absences(rng, players), rng.uniform(*_DOUBTFUL_CHANCES, players)
        free = until <= day
        hurt = free & (drawn < _NEW_INJURY)
        sore = free & ~hurt & (drawn < _NEW_INJURY + _NEW_DOUBT)
        what = np.where(hurt, OUT, np.where(sore, DOUBTFUL, np.where(free, FIT, what)))
        until = day + np.where(hurt, lengths, np.where(sore, _DOUBTFUL_DAYS, until - day))
        doubt = np.where(sore, doubts, doubt)
        state[:, day] = what
        chance[:, day] = np.choose(what, [np.full(players, FIT_CHANCE), doubt, np.zeros(players)])
    return Health(state, chance)


def _absences(rng: np.random.Generator, players: int) -> IntArray:
    """Lengths in days: most within a fortnight, some for months."""
    short, long = rng.geometric(1 / 9, players) + 1, rng.integers(30, 120, players)
    return np.where(rng.random(players) < 0.12, long, short)
