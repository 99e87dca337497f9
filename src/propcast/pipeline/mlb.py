"""The MLB's plan: which tables and functions carry baseball through the pipeline."""

from collections.abc import Sequence

import polars as pl

from propcast.analytics.mlb.batter_game import batter_games
from propcast.analytics.mlb.events import mlb_events
from propcast.analytics.mlb.pitcher_game import pitcher_games
from propcast.analytics.mlb.team_game import team_games
from propcast.core.markets import Market
from propcast.core.sport import Sport
from propcast.pipeline.plan import Analytics, Frames, MarketView, Quoted, SportPlan
from propcast.precompute.mlb.context import mlb_contexts
from propcast.precompute.mlb.features import mlb_features, mlb_lineup_k
from propcast.precompute.mlb.grid import scored_contexts
from propcast.precompute.mlb.inputs import MlbInputs
from propcast.precompute.mlb.park import SEASONS_BACK, park_factors
from propcast.tables.analytics import EVENTS, MLB_BATTER_GAME, MLB_PITCHER_CONTEXT, MLB_PITCHER_GAME, MLB_TEAM_GAME
from propcast.tables.features import MLB_FEATURES
from propcast.tables.precompute import MLB_FEATURE_TABLE, MLB_LINEUP_K, MLB_PARK_FACTORS, MLB_TRAINING_ROWS
from propcast.tables.raw import (
    RAW_MLB_BATTER_GAME,
    RAW_MLB_LINEUPS,
    RAW_MLB_PITCHER_GAME,
    RAW_MLB_PLATE_APPEARANCES,
    RAW_VENDOR_EVENTS,
)


def analytics(raw: Frames) -> Analytics:
    """Build events, pitcher, batter and team games."""
    pitching = raw[RAW_MLB_PITCHER_GAME.name]
    return Analytics(
        {
            EVENTS.name: mlb_events(pitching, raw[RAW_VENDOR_EVENTS.name]),
            MLB_PITCHER_GAME.name: pitcher_games(pitching),
            MLB_BATTER_GAME.name: batter_games(raw[RAW_MLB_BATTER_GAME.name], raw[RAW_MLB_PLATE_APPEARANCES.name]),
            MLB_TEAM_GAME.name: team_games(pitching),
        },
        {},
    )


def contexts(events: pl.DataFrame, frames: Frames, quoted: Quoted) -> pl.DataFrame:
    """Return who is quoted to pitch in each event, as of its moment."""
    return mlb_contexts(events, quoted.states, frames[MLB_PITCHER_GAME.name], quoted.as_of, quoted.history)


def scored(results: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    """Return contexts of who started, for training and backtests; hand and name come from all earlier games."""
    everyone = scored_contexts(frames[MLB_PITCHER_GAME.name], frames[EVENTS.name])
    return everyone.join(results, on=["event_id", "player_id"], how="semi", maintain_order="left")


def features(markets: Sequence[Market], rows: pl.DataFrame, frames: Frames, view: MarketView) -> pl.DataFrame:
    """Return the features of several markets."""
    inputs = _inputs(rows, frames, view)
    return pl.concat([mlb_features(market, rows, inputs) for market in markets])


def profiles(rows: pl.DataFrame, frames: Frames, view: MarketView) -> dict[str, pl.DataFrame]:
    """Return park factors of the contexts' seasons and what the batting orders are expected to do."""
    inputs = _inputs(rows, frames, view)
    return {MLB_PARK_FACTORS.name: inputs.park_factors, MLB_LINEUP_K.name: mlb_lineup_k(rows, inputs)}


def _inputs(rows: pl.DataFrame, frames: Frames, view: MarketView) -> MlbInputs:
    seasons = rows["season"].unique().sort().to_list()
    return MlbInputs(
        pitcher_games=frames[MLB_PITCHER_GAME.name],
        batter_games=frames[MLB_BATTER_GAME.name],
        team_games=frames[MLB_TEAM_GAME.name],
        plate_appearances=frames[RAW_MLB_PLATE_APPEARANCES.name],
        lineups=frames[RAW_MLB_LINEUPS.name],
        park_factors=park_factors(frames[MLB_PITCHER_GAME.name], seasons),
        consensus=view.consensus,
        closing=view.closing,
    )


MLB = SportPlan(
    sport=Sport.MLB,
    contract=MLB_FEATURES,
    raw=(RAW_MLB_PITCHER_GAME, RAW_MLB_BATTER_GAME, RAW_MLB_PLATE_APPEARANCES),
    analytics=(MLB_PITCHER_GAME, MLB_BATTER_GAME, MLB_TEAM_GAME),
    results=MLB_PITCHER_GAME,
    context=MLB_PITCHER_CONTEXT,
    features=MLB_FEATURE_TABLE,
    training=MLB_TRAINING_ROWS,
    profile_inputs=(RAW_MLB_PLATE_APPEARANCES, RAW_MLB_LINEUPS),
    profiles=(MLB_PARK_FACTORS, MLB_LINEUP_K),
    history_seasons=SEASONS_BACK,
    void_reason="DID_NOT_START",
    build_analytics=analytics,
    build_profiles=profiles,
    build_contexts=contexts,
    scored_contexts=scored,
    build_features=features,
    took_part=pl.col("role") == "starter",
)
