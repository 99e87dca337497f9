"""Simulated seasons that several tests look at, made once."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import polars as pl

from propcast.core.sport import Sport
from propcast.sources.simulated.feed import Feed, Window
from propcast.sources.simulated.league import League
from propcast.sources.simulated.mlb.season import MlbSeason, mlb_season
from propcast.sources.simulated.nba.season import NbaSeason, nba_season
from propcast.sources.simulated.seasons import season_feed
from propcast.tables.schema import Table

SEED = 7
SEASONS = {Sport.NBA: "2025-26", Sport.MLB: "2025"}
TODAY = {Sport.NBA: date(2026, 3, 10), Sport.MLB: date(2025, 8, 5)}
QUOTED_DAYS = {Sport.NBA: 24, Sport.MLB: 100}


@dataclass(frozen=True)
class Told:
    """A feed with its frames by table: every state as it was told, and the last one of each row."""

    feed: Feed

    def states(self, table: Table) -> list[pl.DataFrame]:
        """Every frame of a table, in the order of telling."""
        return [frame for each, frame in self.feed.told if each.name == table.name]

    def latest(self, table: Table) -> pl.DataFrame:
        """The last state of each row."""
        states = self.states(table)
        if len(states) == 1:
            return states[0]
        return pl.concat(states).unique(table.key, keep="last", maintain_order=True)


def league(sport: Sport, seed: int = SEED, copy: int = 0) -> League:
    """A league of the sport."""
    return League(sport, seed, copy)


def window(sport: Sport, today: date | None = None, quoted_days: int | None = None) -> Window:
    """What is known at the end of a day: all of its quotes, none of its results."""
    day = today or TODAY[sport]
    known_by = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=5)
    return Window(known_by, day - timedelta(days=(quoted_days or QUOTED_DAYS[sport]) - 1), day)


@cache
def nba() -> NbaSeason:
    """The NBA season."""
    return nba_season(league(Sport.NBA), SEASONS[Sport.NBA])


@cache
def mlb() -> MlbSeason:
    """The MLB season."""
    return mlb_season(league(Sport.MLB), SEASONS[Sport.MLB])


@cache
def told(sport: Sport) -> Told:
    """What is told of the season up to today."""
    return Told(season_feed([league(sport)], SEASONS[sport], window(sport)))
