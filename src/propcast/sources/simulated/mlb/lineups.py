"""Who bats: nine of thirteen, by health, form and the opposing starter's hand, in an order that changes little."""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import BoolArray, IntArray
from propcast.sources.simulated.health import OUT, Health
from propcast.sources.simulated.league import League
from propcast.sources.simulated.mlb.people import HITTERS, Hitting
from propcast.sources.simulated.mlb.staff import Games

SLOTS = 9

_OTHER_SIDE, _DAY_OFF, _ORDER_SPREAD = 0.45, 0.35, 0.25
_MOST_OUT = 4
_LATE_SHARE = 0.06


@dataclass(frozen=True)
class Lineups:
    """Batting orders.

    Attributes:
        batters: hitter numbers by slot, shape (games, 2, 9).
        lead_min: minutes before the start at which the order was confirmed, shape (games, 2).
    """

    batters: IntArray
    lead_min: IntArray


def lineups(league: League, year: int, games: Games, health: Health, men: Hitting, faces_left: BoolArray) -> Lineups:
    """Return the orders of every game; `faces_left` says whether the announced opponent throws left-handed."""
    rng = league.stream("lineups", year)
    squad = games.sides[..., None] * HITTERS + np.arange(HITTERS)
    worth = men.standing[squad] + _DAY_OFF * rng.standard_normal(squad.shape)
    worth += np.where(same_side(men, squad, faces_left[..., None]), 0.0, _OTHER_SIDE)
    out = health.state[squad, games.day_index[:, None, None]] == OUT
    worth = np.where(out & (np.cumsum(out, axis=-1) <= _MOST_OUT), -np.inf, worth)
    nine = np.take_along_axis(squad, np.argsort(-worth, axis=-1)[..., :SLOTS], axis=-1)
    early = men.order[nine] + _ORDER_SPREAD * rng.standard_normal(nine.shape)
    batters = np.take_along_axis(nine, np.argsort(-early, axis=-1), axis=-1)
    late = rng.random(games.sides.shape) < _LATE_SHARE
    lead = np.where(late, rng.integers(1, 8, games.sides.shape), rng.integers(60, 240, games.sides.shape))
    return Lineups(batters, lead)


def bats_left(men: Hitting, batters: IntArray, faces_left: BoolArray) -> BoolArray:
    """Return whether batters stand on the left side; switch hitters always stand on the other one."""
    side = np.array(men.side)[batters]
    return np.where(side == "S", ~faces_left, side == "L")


def same_side(men: Hitting, batters: IntArray, faces_left: BoolArray) -> BoolArray:
    """Return whether batter and pitcher are of one hand."""
    same: BoolArray = bats_left(men, batters, faces_left) == faces_left
    return same
