"""Who starts: rotations with injuries, openers, and announced starters who do not start in the end."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.sources.simulated.health import DOUBTFUL, OUT, Health
from propcast.sources.simulated.league import League
from propcast.sources.simulated.mlb.people import N_TEAMS, RELIEVERS, STARTER, STARTERS, Pitching

ROTATION = 5

_FIT_STARTS, _DOUBTFUL_STARTS, _LIKELY_OPENED = 0.975, 0.80, 0.60
_OPENING_TEAMS, _OPENS, _OPENING_RELIEVERS = 3, 0.5, 3
_RETURNS_AFTER_SCRATCH = 0.3
_MOST_OUT = 3
_LONG_AGO = -99


@dataclass(frozen=True)
class Games:
    """Games in the order of the schedule.

    Attributes:
        sides: team numbers of home and away, shape (games, 2).
        day_index: days since the season's first.
        is_postponed: announced, and never played that day.
    """

    sides: IntArray
    day_index: IntArray
    is_postponed: BoolArray

    def __len__(self) -> int:
        return len(self.day_index)


@dataclass(frozen=True)
class Starts:
    """Who was announced and who pitched, shape (games, 2); pitchers are numbers of `Pitching`.

    Attributes:
        announced: the probable starter, whom books quote.
        chance: P(he starts) as known before.
        starter: who threw the first pitch.
        follower: whom the second pitcher is by plan (the bulk man behind an opener, a scratched man's return), or −1.
        is_opener: whether the starter was meant to face a few batters only.
        opener_announced: whether the announced man is meant to.
    """

    announced: IntArray
    chance: FloatArray
    starter: IntArray
    follower: IntArray
    is_opener: BoolArray
    opener_announced: BoolArray


def games_of(schedule: pl.DataFrame) -> Games:
    """Return the arrays of a schedule."""
    days = np.array([day.toordinal() for day in schedule["game_day"].to_list()], dtype=np.int64)
    sides = schedule.select("home", "away").to_numpy().astype(np.int64)
    return Games(sides, days - days.min(), schedule["is_postponed"].to_numpy())


def starts(league: League, year: int, games: Games, health: Health, men: Pitching) -> Starts:
    """Return the starters of every game; in a postponed one the announced man waits for the next."""
    rng, shape = league.stream("starts", year), games.sides.shape
    turn, spare, is_last = _turns(games, health, men)
    opener = STARTER.places + (games.sides + 1) * RELIEVERS - rng.integers(1, _OPENING_RELIEVERS + 1, shape)
    opens = np.isin(games.sides, rng.choice(N_TEAMS, _OPENING_TEAMS, replace=False)) & is_last
    says_so = opens & (rng.random(shape) < _OPENS)
    may_open = opens & ~says_so
    announced = np.where(says_so, opener, turn)
    doubtful = health.state[turn, games.day_index[:, None]] == DOUBTFUL
    usual = np.where(doubtful & ~says_so, _DOUBTFUL_STARTS, _FIT_STARTS)
    chance = np.where(may_open, _LIKELY_OPENED, usual)
    appears = rng.random(shape) < chance
    returns = ~appears & (may_open | (rng.random(shape) < _RETURNS_AFTER_SCRATCH))
    return Starts(
        announced=announced,
        chance=chance,
        starter=np.where(appears, announced, np.where(may_open, opener, spare)),
        follower=np.where(says_so, turn, np.where(returns, announced, -1)),
        is_opener=np.where(may_open, ~appears, says_so & appears),
        opener_announced=says_so,
    )


def _turns(games: Games, health: Health, men: Pitching) -> tuple[IntArray, IntArray, BoolArray]:
    """Return whose turn it is, who would step in, and whether it is the turn of a rotation's last man.

    The fit man of the first five who has rested longest pitches; who is best is asked once a season.
    """
    order = np.argsort(-men.standing[: STARTER.places].reshape(N_TEAMS, STARTERS), axis=1)
    out = health.state[: STARTER.places] == OUT
    last = np.full((N_TEAMS, STARTERS), _LONG_AGO)
    last[:, :ROTATION] += np.arange(ROTATION)
    turn, spare = np.zeros(games.sides.shape, dtype=np.int64), np.zeros(games.sides.shape, dtype=np.int64)
    is_last = np.zeros(games.sides.shape, dtype=bool)
    for game, (day, waits) in enumerate(zip(games.day_index.tolist(), games.is_postponed.tolist(), strict=True)):
        for side, team in enumerate(games.sides[game].tolist()):
            fit = _fit(out[team * STARTERS + order[team], day])
            rotation = fit[:ROTATION]
            place = min(rotation, key=lambda p: last[team, p])
            others = [p for p in [*fit[ROTATION:], *rotation] if p != place]
            turn[game, side] = team * STARTERS + order[team, place]
            spare[game, side] = team * STARTERS + order[team, others[0]]
            is_last[game, side] = place >= ROTATION - 1
            last[team, place] = last[team, place] if waits else day
    return turn, spare, is_last


def _fit(out: BoolArray) -> list[int]:
    """Return the places of a staff who can pitch, best first; no more than three are out at a time."""
    absent = set(np.flatnonzero(out)[:_MOST_OUT].tolist())
    return [place for place in range(len(out)) if place not in absent]
