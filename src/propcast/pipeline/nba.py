"""The NBA's plan: which tables and functions carry basketball through the pipeline."""

from collections.abc import Sequence

import polars as pl

from propcast.analytics.nba.events import nba_events
from propcast.analytics.nba.player_game import player_games
from propcast.analytics.nba.team_game import team_games
from propcast.analytics.windows import cutoff_day
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.pipeline.plan import Analytics, Frames, MarketView, Quoted, SportPlan
from propcast.precompute.nba.context import nba_contexts
from propcast.precompute.nba.features import nba_features_of
from propcast.precompute.nba.grid import scored_contexts
from propcast.precompute.nba.inputs import HISTORY_SEASONS, NbaInputs
from propcast.precompute.nba.team_form import nba_team_form
from propcast.precompute.nba.zones import nba_player_shot_zones, nba_team_defense_zones
from propcast.tables.analytics import EVENTS, NBA_PLAYER_CONTEXT, NBA_PLAYER_GAME, NBA_TEAM_GAME
from propcast.tables.features import NBA_FEATURES
from propcast.tables.precompute import (
    NBA_FEATURE_TABLE,
    NBA_PLAYER_SHOT_ZONES,
    NBA_TEAM_DEFENSE_ZONES,
    NBA_TEAM_FORM,
    NBA_TRAINING_ROWS,
)
from propcast.tables.raw import (
    RAW_NBA_PLAYER_BOX,
    RAW_NBA_SCHEDULE,
    RAW_NBA_SHOT_ZONES_SEASON,
    RAW_NBA_SHOTS,
    RAW_NBA_TEAM_BOX,
    RAW_VENDOR_EVENTS,
)


def analytics(raw: Frames) -> Analytics:
    """Build events, team games and player games; bad games are held back, the others go on."""
    shots = raw[RAW_NBA_SHOTS.name]
    events = nba_events(raw[RAW_NBA_TEAM_BOX.name], raw[RAW_NBA_SCHEDULE.name], raw[RAW_VENDOR_EVENTS.name])
    teams = team_games(raw[RAW_NBA_TEAM_BOX.name], raw[RAW_NBA_SCHEDULE.name], shots)
    players = player_games(raw[RAW_NBA_PLAYER_BOX.name], teams.frame, shots)
    return Analytics(
        {EVENTS.name: events, NBA_TEAM_GAME.name: teams.frame, NBA_PLAYER_GAME.name: players.frame},
        {NBA_TEAM_GAME.name: teams.held, NBA_PLAYER_GAME.name: players.held},
    )


def contexts(events: pl.DataFrame, frames: Frames, quoted: Quoted) -> pl.DataFrame:
    """Return who may play in each event, as of its moment."""
    return nba_contexts(events, quoted.states, frames[NBA_PLAYER_GAME.name], quoted.as_of, quoted.history)


def scored(results: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    """Return contexts of who played, for training and backtests."""
    return scored_contexts(results, frames[EVENTS.name])


def features(markets: Sequence[Market], rows: pl.DataFrame, frames: Frames, view: MarketView) -> pl.DataFrame:
    """Return the features of several markets."""
    return nba_features_of(markets, rows, _inputs(frames, view))


def profiles(rows: pl.DataFrame, frames: Frames, view: MarketView) -> dict[str, pl.DataFrame]:
    """Return shot profiles, zone defence and team form as of the contexts' days."""
    inputs = _inputs(frames, view)
    keyed = rows.with_columns(cutoff_day())
    players = keyed.select("player_id", "season", "game_day", "cutoff_day").unique(["player_id", "game_day"])
    teams = keyed.select("team", "season", "game_day", "cutoff_day").drop_nulls("team").unique(["team", "game_day"])
    return {
        NBA_PLAYER_SHOT_ZONES.name: nba_player_shot_zones(players, inputs),
        NBA_TEAM_DEFENSE_ZONES.name: nba_team_defense_zones(teams, inputs.team_games),
        NBA_TEAM_FORM.name: nba_team_form(teams, inputs.team_games),
    }


def _inputs(frames: Frames, view: MarketView) -> NbaInputs:
    return NbaInputs(
        player_games=frames[NBA_PLAYER_GAME.name],
        team_games=frames[NBA_TEAM_GAME.name],
        zones_season=frames[RAW_NBA_SHOT_ZONES_SEASON.name],
        consensus=view.consensus,
        closing=view.closing,
    )


NBA = SportPlan(
    sport=Sport.NBA,
    contract=NBA_FEATURES,
    raw=(RAW_NBA_PLAYER_BOX, RAW_NBA_TEAM_BOX, RAW_NBA_SCHEDULE, RAW_NBA_SHOTS),
    analytics=(NBA_TEAM_GAME, NBA_PLAYER_GAME),
    results=NBA_PLAYER_GAME,
    context=NBA_PLAYER_CONTEXT,
    features=NBA_FEATURE_TABLE,
    training=NBA_TRAINING_ROWS,
    profile_inputs=(RAW_NBA_SHOT_ZONES_SEASON,),
    profiles=(NBA_PLAYER_SHOT_ZONES, NBA_TEAM_DEFENSE_ZONES, NBA_TEAM_FORM),
    history_seasons=HISTORY_SEASONS - 1,
    void_reason="DNP",
    build_analytics=analytics,
    build_profiles=profiles,
    build_contexts=contexts,
    scored_contexts=scored,
    build_features=features,
    took_part=pl.col("participation") == "played",
)
