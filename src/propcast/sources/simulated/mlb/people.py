"""What each simulated pitcher and hitter can do, and what each park does, in one season."""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.core.sport import Sport
from propcast.core.teams import teams_of
from propcast.sources.simulated.careers import SKILL, People, Profession, people_in
from propcast.sources.simulated.league import League

N_TEAMS = len(teams_of(Sport.MLB))
STARTERS, RELIEVERS, HITTERS = 7, 8, 13
"""Pitchers who start, pitchers who follow, and hitters of a team."""

LEAGUE_K = 0.218
"""Share of plate appearances that end in a strikeout when everybody is average."""

_TRAITS = ("skill", "whiffs", "control", "stamina", "hand", "velocity", "platoon")
_BATS = ("skill", "contact", "eye", "power", "hand", "platoon", "order")
STARTER = Profession("starter", N_TEAMS * STARTERS, len(_TRAITS), (_TRAITS.index("hand"),), number=0, kinds=3)
RELIEVER = Profession("reliever", N_TEAMS * RELIEVERS, len(_TRAITS), (_TRAITS.index("hand"),), number=1, kinds=3)
HITTER = Profession("hitter", N_TEAMS * HITTERS, len(_BATS), (_BATS.index("hand"),), number=2, kinds=3)

_LEFT_THROWERS, _LEFT_BATTERS, _SWITCH_HITTERS = -0.58, -0.44, 1.25


@dataclass(frozen=True)
class Pitching:
    """True rates of pitchers, starters first, then relievers; logits are relative to the league.

    Attributes:
        ids, names: who they are.
        left: whether he throws left-handed.
        k_logit: how much the log-odds of a strikeout are above the league's.
        platoon: how much more against batters of his own side, and less against the others.
        walk: share of batters walked.
        batters: batters that he is meant to face in a start.
        velocity: mph of his fastball.
        standing: who is better.
    """

    ids: IntArray
    names: list[str]
    left: BoolArray
    k_logit: FloatArray
    platoon: FloatArray
    walk: FloatArray
    batters: FloatArray
    velocity: FloatArray
    standing: FloatArray


@dataclass(frozen=True)
class Hitting:
    """True rates of hitters.

    Attributes:
        side: L, R or S.
        k_logit: how much the log-odds of a strikeout are above the league's.
        platoon: how much more against pitchers of his own side.
        order: who bats early.
    """

    people: People
    side: list[str]
    k_logit: FloatArray
    platoon: FloatArray
    order: FloatArray
    standing: FloatArray


def pitching(league: League, year: int) -> Pitching:
    """Return the pitchers of a season."""
    starters, relievers = people_in(league, STARTER, year), people_in(league, RELIEVER, year)
    t = {name: np.concatenate([starters.traits[:, i], relievers.traits[:, i]]) for i, name in enumerate(_TRAITS)}
    talent = np.concatenate([starters.talent, relievers.talent])
    relieves = np.arange(len(talent)) >= STARTER.places
    return Pitching(
        ids=np.concatenate([starters.ids, relievers.ids]),
        names=[*starters.names, *relievers.names],
        left=t["hand"] < _LEFT_THROWERS,
        k_logit=0.22 * t["whiffs"] + 0.10 * talent + 0.10 * relieves,
        platoon=0.10 + 0.05 * t["platoon"],
        walk=np.clip(0.078 * np.exp(0.18 * t["control"]) + 0.008 * relieves, 0.03, 0.16),
        batters=22.9 + 1.1 * t["stamina"] + 0.5 * talent,
        velocity=93.6 + 1.9 * t["velocity"] + 0.9 * relieves,
        standing=talent,
    )


def hitting(league: League, year: int) -> Hitting:
    """Return the hitters of a season; places 13·t to 13·t + 12 are of team t."""
    people = people_in(league, HITTER, year)
    t = {name: people.traits[:, i] for i, name in enumerate(_BATS)}
    sides = np.select([t["hand"] < _LEFT_BATTERS, t["hand"] > _SWITCH_HITTERS], ["L", "S"], "R")
    return Hitting(
        people=people,
        side=sides.tolist(),
        k_logit=0.26 * t["contact"] - 0.05 * people.talent,
        platoon=np.clip(0.10 + 0.06 * t["platoon"], 0, None),
        order=people.talent + 0.6 * t["order"],
        standing=people.talent + 0.3 * people.traits[:, SKILL],
    )


def park_logits(league: League) -> FloatArray:
    """Return how much each home park adds to the log-odds of a strikeout; parks stay as they are."""
    drawn = 0.055 * league.stream("parks").standard_normal(N_TEAMS)
    parks: FloatArray = drawn - drawn.mean()
    return parks
