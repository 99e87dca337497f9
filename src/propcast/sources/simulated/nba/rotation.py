"""Who plays tonight, and how the minutes are shared out: all of it known chances and expected shares.

Arrays have the axes (game, side, place in the squad); where scripts differ, that axis comes first.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.sources.simulated.drift import drifting
from propcast.sources.simulated.health import FIT, FIT_CHANCE, OUT, Health
from propcast.sources.simulated.league import League
from propcast.sources.simulated.nba.games import Games
from propcast.sources.simulated.nba.players import SQUAD

CONCENTRATION = 235.0
"""Minutes shares are Dirichlet with these many units: a starter's minutes then have an sd of about five and a half."""

MOST_SHARE = 0.160
"""No plan gives one player more of his team's minutes: 38.4 of 240."""


class Script(IntEnum):
    """How a game goes; its chances are known before it."""

    CLOSE = 0
    HOME_ROUT = 1
    AWAY_ROUT = 2
    OVERTIME = 3


_BY_RANK = np.array([37.0, 35.5, 33.5, 31.0, 28.0, 23.5, 20.0, 16.5, 13.0, 10.0, 7.5, 6.0, 5.0, 4.0])
_IN_A_ROUT = np.array([0.84] * 5 + [0.95] * 3 + [1.2, 1.5, 2.0, 2.3, 2.5, 2.5])
_COACH = np.array([1.0] * 8 + [0.98, 0.93, 0.72, 0.50, 0.36, 0.28])
_DRIFT_SD = np.array([0.07] * 5 + [0.18] * 3 + [0.40] * 6)
_DRIFT_KEPT = 0.97
_STARTERS = 5
_MOST_ABSENT = 5
_TIRED_STARTERS = 0.97


@dataclass(frozen=True)
class Rotation:
    """Squads and minutes of every game of a season.

    Attributes:
        members: player numbers.
        chance: P(plays) as known before the game.
        is_out: known to be out.
        plays: who played in the end.
        share: expected share of his team's minutes given who plays, per script; 0 for who does not play.
        foreseen: expected share before it is known who plays, in a close game.
    """

    members: IntArray
    chance: FloatArray
    is_out: BoolArray
    plays: BoolArray
    share: FloatArray
    foreseen: FloatArray

    @property
    def starts(self) -> BoolArray:
        """Who started: the five best of those who played."""
        return self.plays & (rank(self.plays) < _STARTERS)


def rotation(league: League, year: int, games: Games, members: IntArray, health: Health) -> Rotation:
    """Return who plays in each game and how long they are expected to."""
    rng = league.stream("rotation", year)
    today = members, games.day_index[:, None, None]
    is_fit = _enough(health.state[today] == FIT)
    is_out = ~is_fit & (health.state[today] == OUT)
    able = np.where(is_fit, FIT_CHANCE, health.chance[today])
    chance = np.where(is_out, 0.0, _COACH[rank(~is_out)] * able)
    plays = rng.random(chance.shape) < chance
    drift = drifting(rng, health.state.shape, _DRIFT_KEPT)[today]
    foreseen = _normalised(_weights(~is_out, drift, games.back_to_back) * chance)
    usual = _weights(plays, drift, games.back_to_back)
    rout = _normalised(usual * _IN_A_ROUT[rank(plays)])
    close = _normalised(usual)
    return Rotation(members, chance, is_out, plays, np.stack([close, rout, rout, close]), foreseen)


def rank(available: BoolArray) -> IntArray:
    """Return each one's place among who is available, best first; who is not gets the last place."""
    place = np.cumsum(available, axis=-1) - 1
    return np.where(available, place, SQUAD - 1)


def _enough(is_fit: BoolArray) -> BoolArray:
    """A team is never short of more than five: the others come back early."""
    return is_fit | (np.cumsum(~is_fit, axis=-1) > _MOST_ABSENT)


def _weights(available: BoolArray, drift: FloatArray, back_to_back: BoolArray) -> FloatArray:
    place = rank(available)
    tired = np.where((place < _STARTERS) & back_to_back[..., None], _TIRED_STARTERS, 1.0)
    weights: FloatArray = available * _BY_RANK[place] * np.exp(_DRIFT_SD[place] * drift) * tired
    return weights


def _normalised(weights: FloatArray) -> FloatArray:
    """Return shares that sum to 1 over a squad, none above the most that one player gets."""
    scale = 1.0 / weights.sum(axis=-1, keepdims=True)
    for _ in range(8):
        shares = np.minimum(weights * scale, MOST_SHARE)
        scale = scale / shares.sum(axis=-1, keepdims=True)
    result: FloatArray = shares / shares.sum(axis=-1, keepdims=True)
    return result
