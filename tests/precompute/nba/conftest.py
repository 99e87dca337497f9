"""Analytics of the fictional league, contexts of every event, and features of points, built once."""

from datetime import timedelta

import polars as pl
import pytest

from propcast.analytics.nba.events import nba_events
from propcast.analytics.nba.player_game import player_games
from propcast.analytics.nba.team_game import team_games
from propcast.core.markets import market
from propcast.precompute.nba.context import nba_contexts
from propcast.precompute.nba.features import nba_features
from propcast.precompute.nba.inputs import NbaInputs
from tests.league.nba import League, nba_league
from tests.precompute.nba.builders import quoted_history


@pytest.fixture(scope="session")
def league() -> League:
    return nba_league()


@pytest.fixture(scope="session")
def events(league: League) -> pl.DataFrame:
    return nba_events(league.team_box, league.schedule, league.vendor_events)


@pytest.fixture(scope="session")
def inputs(league: League) -> NbaInputs:
    teams = team_games(league.team_box, league.schedule, league.shots).frame
    players = player_games(league.player_box, teams, league.shots).frame
    return NbaInputs(players, teams, league.zones_season)


@pytest.fixture(scope="session")
def as_of(events: pl.DataFrame) -> pl.DataFrame:
    """Half an hour before each start; the Cup final has no time and takes 16:00 UTC."""
    morning = pl.col("game_day").cast(pl.Datetime("us", "UTC")) + timedelta(hours=16)
    return events.select("event_id", as_of=pl.coalesce(pl.col("starts_at") - timedelta(minutes=30), morning))


@pytest.fixture(scope="session")
def contexts(league: League, events: pl.DataFrame, inputs: NbaInputs, as_of: pl.DataFrame) -> pl.DataFrame:
    return nba_contexts(events, league.quotes, inputs.player_games, as_of, quoted_history(league, inputs.player_games))


@pytest.fixture(scope="session")
def features(contexts: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    return nba_features(market("points"), contexts, inputs)
