"""One simulated MLB season: everything true about it and everything that happened."""

from dataclasses import dataclass

import polars as pl

from propcast.core.arrays import FloatArray
from propcast.sources.simulated.health import health
from propcast.sources.simulated.league import League, first_year
from propcast.sources.simulated.mlb.lineups import Lineups, lineups
from propcast.sources.simulated.mlb.people import (
    HITTER,
    RELIEVER,
    STARTER,
    Hitting,
    Pitching,
    hitting,
    park_logits,
    pitching,
)
from propcast.sources.simulated.mlb.play import Pitched, appearances, play
from propcast.sources.simulated.mlb.schedule import schedule
from propcast.sources.simulated.mlb.staff import Games, Starts, games_of, starts


@dataclass(frozen=True)
class MlbSeason:
    """A season as arrays; `schedule` has the games in the same order.

    Attributes:
        parks: log-odds of a strikeout that each home park adds.
        appearances: see `play.appearances`.
    """

    league: League
    season: str
    schedule: pl.DataFrame
    games: Games
    pitchers: Pitching
    hitters: Hitting
    parks: FloatArray
    starts: Starts
    orders: Lineups
    pitched: Pitched
    appearances: pl.DataFrame


def mlb_season(league: League, season: str) -> MlbSeason:
    """Return the whole season, the same one whatever else is asked for."""
    year = first_year(season)
    fixtures = schedule(league, year)
    games = games_of(fixtures)
    days = int(games.day_index.max()) + 1
    pitchers, hitters, parks = pitching(league, year), hitting(league, year), park_logits(league)
    fit = health(league, "pitchers", year, STARTER.places + RELIEVER.places, days)
    who = starts(league, year, games, fit, pitchers)
    fit_hitters = health(league, "hitters", year, HITTER.places, days)
    orders = lineups(league, year, games, fit_hitters, hitters, pitchers.left[who.announced][:, ::-1])
    pitched = play(games, who, orders, pitchers, hitters, parks, league.stream("play", year))
    rows = appearances(games, who, pitched, pitchers, hitters)
    return MlbSeason(league, season, fixtures, games, pitchers, hitters, parks, who, orders, pitched, rows)
