"""Any season of either simulated sport."""

from collections.abc import Sequence
from functools import lru_cache

from propcast.core.sport import Sport
from propcast.sources.simulated.feed import Feed, Window, joined
from propcast.sources.simulated.league import League
from propcast.sources.simulated.mlb.feed import mlb_feed
from propcast.sources.simulated.mlb.season import MlbSeason, mlb_season
from propcast.sources.simulated.nba.feed import nba_feed
from propcast.sources.simulated.nba.season import NbaSeason, nba_season


def season_feed(leagues: Sequence[League], season: str, window: Window) -> Feed:
    """Return what the window shows of one season of leagues of one sport (copies of each other)."""
    return joined([_feed(league, season, window) for league in leagues])


def _feed(league: League, season: str, window: Window) -> Feed:
    if league.sport is Sport.NBA:
        return nba_feed(_nba(league, season), window)
    return mlb_feed(_mlb(league, season), window)


@lru_cache(maxsize=4)
def _nba(league: League, season: str) -> NbaSeason:
    """Keep the latest seasons: who tells a day after the other asks for the same ones."""
    return nba_season(league, season)


@lru_cache(maxsize=4)
def _mlb(league: League, season: str) -> MlbSeason:
    return mlb_season(league, season)
