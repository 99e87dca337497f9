"""What each simulated basketball player can do, and what each team is like, in one season."""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import FloatArray
from propcast.sources.simulated.careers import People, Profession, people_in
from propcast.sources.simulated.league import League
from propcast.sources.simulated.nba.fixtures import TEAMS

SQUAD = 14
"""Players of a team."""

N_ZONES = 5
"""Restricted area, paint, mid-range, corner threes, other threes: the order of `tables.raw.ZONES`."""

_TRAITS = ("skill", "size", "usage", "rim", "mid", "three", "two_touch", "three_touch", "free_throw", "foul", "rebound",
           "assist", "turnover", "defence", "role")  # fmt: skip
PLAYER = Profession("player", len(TEAMS) * SQUAD, len(_TRAITS), fixed=(_TRAITS.index("size"),))

_ZONE_SHARES = np.log([0.276, 0.200, 0.094, 0.111, 0.330])
_ZONE_MAKES = np.array([0.664, 0.444, 0.417, 0.388, 0.353])


@dataclass(frozen=True)
class Skills:
    """True rates of every player, one row each; relative rates have a typical value of 1.

    Attributes:
        usage: plays of his own per minute, relative.
        zone_shares: where his shots come from, shape (n, 5), rows sum to 1.
        zone_makes: share of them that go in against an average defence, shape (n, 5).
        free_throws: share of free throws made.
        fouls_drawn: share of his plays that end in two free throws.
        turnovers: share of his plays that are lost.
        standing: where he stands in his team's rotation: higher plays more.
    """

    usage: FloatArray
    zone_shares: FloatArray
    zone_makes: FloatArray
    free_throws: FloatArray
    fouls_drawn: FloatArray
    turnovers: FloatArray
    offensive_rebounds: FloatArray
    defensive_rebounds: FloatArray
    assists: FloatArray
    steals: FloatArray
    blocks: FloatArray
    standing: FloatArray


@dataclass(frozen=True)
class TeamTraits:
    """What a team does to both sides of its games in one season, one row per team.

    Attributes:
        pace: plays per minute of its games, relative.
        allowed_makes: what it adds to opponents' shares of shots made, shape (30, 5); 0 for threes.
        allowed_shares: how many of its opponents' shots come from each zone, relative, shape (30, 5).
        allowed_assists: assists of its opponents, relative.
    """

    pace: FloatArray
    allowed_makes: FloatArray
    allowed_shares: FloatArray
    allowed_assists: FloatArray


def players_in(league: League, year: int) -> People:
    """Return the players of a season; places 14·t to 14·t + 13 begin it with team t."""
    return people_in(league, PLAYER, year)


def skills(players: People) -> Skills:
    """Return what a season's players can do."""
    t = {name: players.traits[:, i] for i, name in enumerate(_TRAITS)}
    talent, size = players.talent, t["size"]
    return Skills(
        usage=np.exp(0.20 * t["usage"] + 0.20 * talent),
        zone_shares=_zone_shares(t),
        zone_makes=_zone_makes(t, talent),
        free_throws=np.clip(0.785 + 0.06 * t["free_throw"] - 0.04 * size, 0.45, 0.94),
        fouls_drawn=np.clip(0.076 * np.exp(0.30 * t["foul"] + 0.12 * talent), 0.02, 0.20),
        turnovers=np.clip(0.118 * np.exp(0.18 * t["turnover"] + 0.12 * t["assist"]), 0.04, 0.24),
        offensive_rebounds=np.exp(0.55 * size + 0.25 * t["rebound"]),
        defensive_rebounds=np.exp(0.33 * size + 0.20 * t["rebound"]),
        assists=np.exp(0.45 * t["assist"] - 0.30 * size + 0.10 * talent),
        steals=np.exp(0.22 * t["defence"] - 0.10 * size),
        blocks=np.exp(0.50 * size + 0.25 * t["defence"]),
        standing=talent + 0.45 * t["role"],
    )


def team_traits(league: League, year: int) -> TeamTraits:
    """Return what the teams of a season are like: half of it stays from year to year."""
    lasting, new = (
        league.stream("teams", part).standard_normal((len(TEAMS), 2 + 2 * N_ZONES)) for part in ("always", year)
    )
    drawn = (lasting + new) / np.sqrt(2)
    makes = 0.020 * drawn[:, 2 : 2 + N_ZONES] * np.array([1, 1, 1, 0, 0])
    return TeamTraits(
        pace=np.exp(0.022 * drawn[:, 0]),
        allowed_makes=makes,
        allowed_shares=np.exp(0.07 * drawn[:, 2 + N_ZONES :]),
        allowed_assists=np.exp(0.03 * drawn[:, 1]),
    )


def _zone_shares(t: dict[str, FloatArray]) -> FloatArray:
    size, big = t["size"], np.maximum(t["size"], 0)
    pull = [
        0.25 * size + 0.35 * t["rim"],
        0.20 * size + 0.15 * t["rim"] + 0.15 * t["mid"],
        0.55 * t["mid"] - 0.10 * t["three"],
        0.45 * t["three"] - 0.15 * size,
        0.40 * t["three"] - 0.45 * big - 0.10 * size,
    ]
    weights = np.exp(_ZONE_SHARES + np.stack(pull, axis=1))
    shares: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _zone_makes(t: dict[str, FloatArray], talent: FloatArray) -> FloatArray:
    touch = [
        0.020 * t["two_touch"] + 0.020 * t["size"],
        0.022 * t["two_touch"],
        0.022 * t["two_touch"],
        0.016 * t["three_touch"],
        0.016 * t["three_touch"] - 0.015 * np.maximum(t["size"], 0),
    ]
    makes: FloatArray = _ZONE_MAKES + np.stack(touch, axis=1) + 0.006 * talent[:, None]
    return np.clip(makes, 0.2, 0.8)
