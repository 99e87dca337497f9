"""Who belongs to whom: squads through a season, with summer moves and trades before the deadline."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from propcast.core.arrays import FloatArray, IntArray
from propcast.sources.simulated.careers import EPOCH
from propcast.sources.simulated.league import League
from propcast.sources.simulated.nba.fixtures import TEAMS
from propcast.sources.simulated.nba.players import PLAYER, SQUAD

_SUMMER_MOVES, _TRADES = 0.25, 14
_TRADING = ((12, 10), (2, 8))


@dataclass(frozen=True)
class Squads:
    """Squads between trades.

    Attributes:
        since: first day (ordinal) of each stretch; the first stretch has always been.
        members: player numbers, best standing first, shape (stretches, 30, 14).
    """

    since: IntArray
    members: IntArray

    def on(self, days: IntArray, teams: IntArray) -> IntArray:
        """Return the squads of teams on days (ordinals), a new last axis of 14."""
        stretch = np.searchsorted(self.since, days, side="right") - 1
        return self.members[stretch, teams]


def squads(league: League, year: int, standing: FloatArray) -> Squads:
    """Return the squads of a season; a squad is ordered by who plays most when everybody is fit."""
    teams = np.repeat(np.arange(len(TEAMS)), SQUAD)
    for earlier in range(EPOCH, year):
        teams = _after_trades(_after_summer(teams, league, earlier), _trades(league, earlier))
    teams = _after_summer(teams, league, year)
    trades = _trades(league, year)
    stretches = [_after_trades(teams, trades[:done]) for done in range(len(trades) + 1)]
    return Squads(
        since=np.array([0, *(day for day, _ in trades)]),
        members=np.stack([_ordered(stretch, standing) for stretch in stretches]),
    )


def _after_summer(teams: IntArray, league: League, year: int) -> IntArray:
    """Let some players change places, so that squads mix over the years."""
    rng = league.stream("summer moves", year)
    movers = np.flatnonzero(rng.random(PLAYER.places) < _SUMMER_MOVES)
    moved = teams.copy()
    moved[movers] = teams[rng.permutation(movers)]
    return moved


def _trades(league: League, year: int) -> list[tuple[int, IntArray]]:
    """Return the trades of a season in order: day (ordinal), and two players who change places."""
    rng = league.stream("trades", year)
    (month, day), (last_month, last_day) = _TRADING
    first, last = date(year, month, day).toordinal(), date(year + 1, last_month, last_day).toordinal()
    days = np.sort(rng.choice(np.arange(first, last), _TRADES, replace=False))
    return [(int(day), rng.choice(PLAYER.places, 2, replace=False)) for day in days]


def _after_trades(teams: IntArray, trades: list[tuple[int, IntArray]]) -> IntArray:
    moved = teams.copy()
    for _, pair in trades:
        moved[pair] = moved[pair[::-1]]
    return moved


def _ordered(teams: IntArray, standing: FloatArray) -> IntArray:
    order = np.lexsort((-standing, teams))
    return order.reshape(len(TEAMS), SQUAD)
