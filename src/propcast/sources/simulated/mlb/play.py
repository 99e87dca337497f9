"""Plays the games: every plate appearance of both sides, from the true chances.

Arrays have the axes (game, pitching side, batter faced).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.sources.simulated.mlb.duel import (
    FORM_CHANCES,
    FORMS,
    batters_faced,
    strikeout_chances,
    strikeout_logits,
)
from propcast.sources.simulated.mlb.lineups import SLOTS, Lineups, bats_left
from propcast.sources.simulated.mlb.people import LEAGUE_K, RELIEVERS, STARTER, Hitting, Pitching
from propcast.sources.simulated.mlb.staff import Games, Starts

LONGEST = 66
"""Batters after which no side is still looking for its last out."""

STRIKEOUT, WALK, HIT_BY_PITCH, HOME_RUN, HIT, OUT = range(6)

_HBP, _HR, _OTHER_HITS = 0.011, 0.031, 0.188
_OUTS, _OUTS_AHEAD, _EXTRA = 27, 24, 3
_HOME_AHEAD, _EXTRA_INNINGS = 0.45, 0.08
_BULK_MEAN, _BULK_SD = 15.0, 3.0
_RELIEF_LENGTHS = (3, 8)


@dataclass(frozen=True)
class Pitched:
    """Who faced which batters, and what came of it; rows after the last out are in `counts` false.

    Attributes:
        pitcher: pitcher numbers.
        batter: hitter numbers.
        faced: how many batters the same man had faced before.
        result: STRIKEOUT … OUT.
        counts: whether the plate appearance took place.
    """

    pitcher: IntArray
    batter: IntArray
    faced: IntArray
    result: IntArray
    counts: BoolArray


def play(
    games: Games,
    starts: Starts,
    orders: Lineups,
    pitchers: Pitching,
    hitters: Hitting,
    parks: FloatArray,
    rng: np.random.Generator,
) -> Pitched:
    """Return every plate appearance of the season; postponed games are played too, for nobody to see."""
    plan = batters_faced(planned_batters(starts, pitchers), starts.is_opener)
    first = _drawn(plan, rng)
    pitcher, faced = _staffed(games, starts, first, rng)
    batter = orders.batters[:, ::-1][..., np.arange(LONGEST) % SLOTS]
    park = parks[games.sides[:, 0]][:, None, None]
    logits = strikeout_logits(pitchers, hitters, pitcher, batter, park, 1 + faced // SLOTS)
    form = FORMS[_drawn(np.broadcast_to(FORM_CHANCES, (*first.shape, len(FORMS))), rng)][..., None]
    by_starter = pitcher == starts.starter[..., None]
    chances = strikeout_chances(logits, np.where(by_starter, form, 0.0))
    result = _results(chances, pitchers.walk[pitcher], rng)
    return Pitched(pitcher, batter, faced, result, _took_place(result, first, rng))


def planned_batters(starts: Starts, pitchers: Pitching) -> FloatArray:
    """Return how many batters each starter is meant to face; who steps in is not meant to go as deep."""
    stands_in = (starts.starter != starts.announced) & ~starts.is_opener
    planned: FloatArray = pitchers.batters[starts.starter] - 3.0 * stands_in
    return planned


def _drawn(chances: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw an index from chances along the last axis."""
    below = np.cumsum(chances, axis=-1)[..., :-1]
    drawn: IntArray = (rng.random((*chances.shape[:-1], 1)) > below).sum(axis=-1)
    return drawn


def _staffed(games: Games, starts: Starts, first: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return who pitches to the n-th batter (starter, planned second man, bullpen) and how many he has faced before."""
    shape = (*games.sides.shape, RELIEVERS)
    everyone = STARTER.places + games.sides[..., None] * RELIEVERS + np.arange(RELIEVERS)
    # Whoever has opened the game is the last to be called again, which is never.
    called = rng.random(shape) + (everyone == starts.starter[..., None])
    bullpen = np.take_along_axis(everyone, called.argsort(axis=-1), axis=-1)
    bulk = np.clip(np.rint(rng.normal(_BULK_MEAN, _BULK_SD, first.shape)), 6, 24).astype(np.int64)
    second = np.where(starts.follower >= 0, bulk, 0)
    lengths = np.concatenate([first[..., None], second[..., None], rng.integers(*_RELIEF_LENGTHS, shape)], axis=-1)
    ends = np.cumsum(lengths, axis=-1)
    n = np.arange(LONGEST)
    stint = np.minimum((n[:, None] >= ends[..., None, :]).sum(axis=-1), lengths.shape[-1] - 1)
    men = np.concatenate([starts.starter[..., None], starts.follower[..., None], bullpen], axis=-1)
    began = np.concatenate([np.zeros((*first.shape, 1), dtype=np.int64), ends[..., :-1]], axis=-1)
    return np.take_along_axis(men, stint, axis=-1), n - np.take_along_axis(began, stint, axis=-1)


def _results(strikeout: FloatArray, walk: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw what came of each appearance: a strikeout by its own chance, the rest in usual proportions."""
    others = np.stack([walk, *(np.full_like(walk, share) for share in (_HBP, _HR, _OTHER_HITS))], axis=-1)
    rest = (1 - strikeout)[..., None] * others / (1 - LEAGUE_K)
    chances = np.concatenate([strikeout[..., None], rest], axis=-1)
    drawn: IntArray = (rng.random((*strikeout.shape, 1)) > np.cumsum(chances, axis=-1)).sum(axis=-1)
    return drawn


def _took_place(result: IntArray, first: IntArray, rng: np.random.Generator) -> BoolArray:
    """Keep appearances up to the side's last out; the starter always faces the batters that he was to face."""
    games = len(result)
    needed = np.full((games, 2), _OUTS)
    needed[:, 1] = np.where(rng.random(games) < _HOME_AHEAD, _OUTS_AHEAD, _OUTS)
    needed += _EXTRA * (rng.random(games) < _EXTRA_INNINGS)[:, None]
    outs = np.cumsum((result == STRIKEOUT) | (result == OUT), axis=-1)
    n = np.arange(LONGEST)
    before = np.concatenate([np.zeros((games, 2, 1), dtype=np.int64), outs[..., :-1]], axis=-1)
    return (before < needed[..., None]) | (n < first[..., None])


def appearances(games: Games, starts: Starts, pitched: Pitched, pitchers: Pitching, hitters: Hitting) -> pl.DataFrame:
    """Return one row per plate appearance that counts, of games that were played, in order.

    Columns: `game`, `side` (the pitching one, 0 = home), `pitcher`, `batter`, `slot`, `faced`, `result`,
    `left_pitcher`, `left_batter`, `vs_starter`.
    """
    seen = pitched.counts & ~games.is_postponed[:, None, None]
    game, side, order = np.nonzero(seen)
    pitcher, batter = pitched.pitcher[seen], pitched.batter[seen]
    left = pitchers.left[pitcher]
    return pl.DataFrame(
        {
            "game": game,
            "side": side,
            "pitcher": pitcher,
            "batter": batter,
            "slot": order % SLOTS + 1,
            "faced": pitched.faced[seen],
            "result": pitched.result[seen],
            "left_pitcher": left,
            "left_batter": bats_left(hitters, batter, left),
            "vs_starter": pitcher == starts.starter[game, side],
        }
    )
