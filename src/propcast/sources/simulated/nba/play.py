"""Plays the games: draws minutes and every count of every player from the season's true probabilities.

Arrays have the axes (game, side, place); shots have zones last.
"""

from dataclasses import dataclass, fields

import numpy as np

from propcast.core.arrays import FloatArray, IntArray
from propcast.sources.simulated.nba.players import N_ZONES, Skills
from propcast.sources.simulated.nba.rates import AND_ONE, KINDS, VALUES, Rates
from propcast.sources.simulated.nba.rotation import CONCENTRATION, Rotation

_STOLEN, _BLOCKED = 0.60, 0.20
_FOULS_A_GAME, _MOST_FOULS = 18.7, 6


@dataclass(frozen=True)
class Outcome:
    """What happened; who did not play has zeros everywhere.

    Attributes:
        script: how each game went, shape (games,).
        share: minutes shares that were drawn.
        attempts: shots by zone.
        made: shots made by zone.
    """

    script: IntArray
    share: FloatArray
    attempts: IntArray
    made: IntArray
    free_throws: IntArray
    free_throws_made: IntArray
    turnovers: IntArray
    assists: IntArray
    offensive: IntArray
    defensive: IntArray
    steals: IntArray
    blocks: IntArray
    fouls: IntArray

    @property
    def points(self) -> IntArray:
        """Points of every player."""
        total: IntArray = (self.made * VALUES).sum(axis=-1) + self.free_throws_made
        return total

    @property
    def scores(self) -> IntArray:
        """Points of every side, shape (games, 2)."""
        total: IntArray = self.points.sum(axis=-1)
        return total


@dataclass(frozen=True)
class _Night:
    """The probabilities of some games, each under its script, with the minutes shares drawn.

    Makes, assists and rebounds have the kind of slot as their first axis.
    """

    slots: IntArray
    share: FloatArray
    plays: FloatArray
    makes: FloatArray
    shot: FloatArray
    trips: FloatArray
    turnovers: FloatArray
    free_throws: FloatArray
    assists: FloatArray
    offensive: FloatArray
    defensive: FloatArray
    steals: FloatArray
    blocks: FloatArray


def play(rates: Rates, who: Rotation, people: Skills, rng: np.random.Generator) -> Outcome:
    """Return what happened in every game; a game that ends level is played again from its start."""
    outcome = _played(rates, who, people, np.arange(len(who.members)), rng)
    while len(level := np.flatnonzero(outcome.scores[:, 0] == outcome.scores[:, 1])):
        outcome = _with_replayed(outcome, level, _played(rates, who, people, level, rng))
    return outcome


def _with_replayed(outcome: Outcome, games: IntArray, again: Outcome) -> Outcome:
    arrays = {field.name: getattr(outcome, field.name).copy() for field in fields(Outcome)}
    for name, array in arrays.items():
        array[games] = getattr(again, name)
    return Outcome(**arrays)


def _played(rates: Rates, who: Rotation, people: Skills, games: IntArray, rng: np.random.Generator) -> Outcome:
    chances = np.cumsum(rates.scripts[:, games], axis=0)
    script = (rng.random(len(games)) > chances).sum(axis=0).clip(max=len(chances) - 1)
    night = _night(rates, who, people, games, script, rng)
    per_kind = np.broadcast_to(night.slots[:, None], (len(KINDS), len(games), 2))
    plays = _split(per_kind, np.broadcast_to(night.share * night.plays, (len(KINDS), *night.plays.shape)), rng)
    made, missed, turnovers, trips = _plays_ended(night, plays, rng)
    assists, (offensive, defensive) = _assists(night, made, rng), _rebounds(night, missed, rng)
    made, missed = made.sum(axis=0), missed.sum(axis=0)
    bonus = rng.binomial(made, AND_ONE).sum(axis=-1)
    stolen = rng.binomial(turnovers.sum(axis=-1), _STOLEN)[:, ::-1]
    blocked = rng.binomial(missed[..., :3].sum(axis=(-1, -2)), _BLOCKED)[:, ::-1]
    return Outcome(
        script=script,
        share=night.share,
        attempts=made + missed,
        made=made,
        free_throws=2 * trips + bonus,
        free_throws_made=rng.binomial(2 * trips + bonus, night.free_throws),
        turnovers=turnovers,
        assists=assists,
        offensive=offensive,
        defensive=defensive,
        steals=_shared_out(stolen, night.share * night.steals, rng),
        blocks=_shared_out(blocked, night.share * night.blocks, rng),
        fouls=rng.binomial(_MOST_FOULS, np.clip(night.share * _FOULS_A_GAME / _MOST_FOULS, 0, 0.9)),
    )


def _night(
    rates: Rates, who: Rotation, people: Skills, games: IntArray, script: IntArray, rng: np.random.Generator
) -> _Night:
    now, members = (script, games), who.members[games]
    return _Night(
        slots=rates.slots[now],
        share=_minutes(who.share[now], rng),
        plays=rates.plays[now],
        makes=rates.makes[:, *now],
        shot=rates.shot[games],
        trips=rates.trips[games],
        turnovers=rates.turnovers[games],
        free_throws=rates.free_throws[games],
        assists=rates.assists[:, *now],
        offensive=rates.offensive[:, *now],
        defensive=rates.defensive[:, *now],
        steals=people.steals[members],
        blocks=people.blocks[members],
    )


def _minutes(expected: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw the shares from a Dirichlet around the expected ones; so each share alone is a beta."""
    drawn = rng.standard_gamma(CONCENTRATION * expected)
    shares: FloatArray = drawn / drawn.sum(axis=-1, keepdims=True)
    return shares


def _plays_ended(
    night: _Night, plays: IntArray, rng: np.random.Generator
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return how plays ended: shots made and missed by kind and zone, turnovers, trips to the line."""
    made, missed = night.shot * night.makes, night.shot * (1 - night.makes)
    lost = np.broadcast_to(night.turnovers[..., None], (*plays.shape, 1))
    ended = _split(plays, np.concatenate([made, missed, lost], axis=-1), rng)
    trips = plays - ended.sum(axis=-1)
    return ended[..., :N_ZONES], ended[..., N_ZONES:-1], ended[..., -1].sum(axis=0), trips.sum(axis=0)


def _assists(night: _Night, made: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw who assisted the shots made: never the scorer himself, and each player at his own rate per slot."""
    scores = night.share * night.plays * (night.shot * night.makes).sum(axis=-1)
    by_others = scores.sum(axis=-1, keepdims=True) - scores
    per_shot = night.share * night.assists / by_others
    own = np.eye(per_shot.shape[-1], dtype=bool)
    chances = np.where(own, 0.0, per_shot[..., None, :])
    credited = _split(made.sum(axis=-1), chances, rng)
    assists: IntArray = credited.sum(axis=(0, -2))
    return assists


def _rebounds(night: _Night, missed: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Draw who got the ball after each miss, of either side."""
    per_slot = (night.share * night.plays * (night.shot * (1 - night.makes)).sum(axis=-1)).sum(axis=-1)
    own = night.share * night.offensive / per_slot[..., None]
    other = night.share * night.defensive / per_slot[..., ::-1, None]
    chances = np.concatenate([own, other[..., ::-1, :]], axis=-1)
    caught = _split(missed.sum(axis=(-1, -2)), chances, rng).sum(axis=0)
    places = own.shape[-1]
    return caught[..., :places], caught[:, ::-1, places:]


def _shared_out(total: IntArray, weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """Give out a side's total in proportion to the weights."""
    return rng.multinomial(total, weights / weights.sum(axis=-1, keepdims=True))


def _split(trials: IntArray, chances: FloatArray, rng: np.random.Generator) -> IntArray:
    """Return how often each of several exclusive things happened in the trials; the rest is nothing."""
    rest = np.maximum(1.0 - chances.sum(axis=-1, keepdims=True), 0.0)
    whole = np.concatenate([chances, rest], axis=-1)
    counts: IntArray = rng.multinomial(trials, whole / whole.sum(axis=-1, keepdims=True))[..., :-1]
    return counts
