"""The fictional league, carried up to features, for the tests of this room."""

from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from propcast.analytics.mlb.batter_game import batter_games
from propcast.analytics.mlb.events import mlb_events
from propcast.analytics.mlb.pitcher_game import pitcher_games
from propcast.analytics.mlb.team_game import team_games
from propcast.core.lines import consensus_at, event_as_of, in_force, line_states
from propcast.core.markets import market
from propcast.precompute.mlb.context import mlb_contexts
from propcast.precompute.mlb.features import mlb_features
from propcast.precompute.mlb.grid import scored_contexts
from propcast.precompute.mlb.inputs import MlbInputs
from propcast.precompute.mlb.park import park_factors
from propcast.tables.forecasts import CLOSING_LINES, CONSENSUS_LINES
from tests.league.mlb import mlb_league

STRIKEOUTS = market("pitcher_strikeouts")
KEY = ["event_id", "player_id"]


@dataclass(frozen=True)
class Built:
    """Everything between the raw league and its features."""

    events: pl.DataFrame
    inputs: MlbInputs
    as_of: pl.DataFrame
    active: pl.DataFrame
    quoted_history: pl.DataFrame
    quoted: pl.DataFrame
    scored: pl.DataFrame


@cache
def built() -> Built:
    """Return the league's analytics, quotes in force, and both kinds of contexts."""
    league = mlb_league()
    events = mlb_events(league.pitcher_games, league.vendor_events)
    games = pitcher_games(league.pitcher_games)
    as_of = event_as_of(events, league.polls)
    states = line_states(league.quotes, league.polls, as_of)
    active = in_force(states)
    inputs = MlbInputs(
        pitcher_games=games,
        batter_games=batter_games(league.batter_games, league.plate_appearances),
        team_games=team_games(league.pitcher_games),
        plate_appearances=league.plate_appearances,
        lineups=league.lineups,
        park_factors=park_factors(games, ["2024", "2025"]),
        consensus=CONSENSUS_LINES.conform(consensus_at(league.quotes, states, as_of)),
        closing=CLOSING_LINES.empty(),
    )
    history = quoted_history(games)
    return Built(
        events=events,
        inputs=inputs,
        as_of=as_of,
        active=active,
        quoted_history=history,
        quoted=mlb_contexts(events, active, games, as_of, history),
        scored=scored_contexts(games, events, as_of),
    )


@cache
def all_features() -> pl.DataFrame:
    """Return the features of every start."""
    return features(built().scored)


def features(contexts: pl.DataFrame, **changed: pl.DataFrame) -> pl.DataFrame:
    """Return features of the contexts, with some inputs changed."""
    return mlb_features(STRIKEOUTS, contexts, replace(built().inputs, **changed))


def quoted_history(games: pl.DataFrame) -> pl.DataFrame:
    """Return who was quoted for a finished game, and whether he started it."""
    quoted = (
        mlb_league()
        .quotes.select("event_id", "game_day", player_id=pl.col("subject").str.slice(4).cast(pl.Int64))
        .unique()
    )
    started = games.filter(pl.col("role") == "starter").select(*KEY, played=pl.lit(value=True))
    finished = quoted.join(games, on="event_id", how="semi")
    return finished.join(started, on=KEY, how="left").with_columns(pl.col("played").fill_null(value=False))
