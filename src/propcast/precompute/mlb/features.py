"""The baseball feature contract as of a moment: one date and nine seasons by the same code."""

from dataclasses import replace

import polars as pl

from propcast.analytics.windows import GAME_DAY, by_knowledge
from propcast.core.markets import Market
from propcast.precompute.mlb.inputs import MlbInputs
from propcast.precompute.mlb.lineups import lineup_strikeouts
from propcast.precompute.mlb.market import market_opinion
from propcast.precompute.mlb.orders import SLOTS
from propcast.precompute.mlb.park import park_of
from propcast.precompute.mlb.platoon import platoon_rates
from propcast.precompute.mlb.rates import league_rates, opponent_rates, pitcher_rates
from propcast.precompute.mlb.sources import sources_missing
from propcast.precompute.mlb.starts import last_appearance, start_windows
from propcast.precompute.mlb.totals import STAMPS, prepared
from propcast.tables.features import MLB_FEATURES
from propcast.tables.precompute import MLB_FEATURE_TABLE, MLB_LINEUP_K

_KNOWLEDGE = ("pitcher_games", "team_games", "batter_games", "plate_appearances", "lineups")


def mlb_features(market: Market, contexts: pl.DataFrame, inputs: MlbInputs) -> pl.DataFrame:
    """Return MLB_FEATURE_TABLE: one row per context, each feature from earlier days and known by its `as_of`.

    A context that cannot be forecast keeps its row; what depends on the unknown side is null there.
    """
    parts = [_features(market, part, known) for part, known in _by_knowledge(contexts, inputs)]
    return MLB_FEATURE_TABLE.conform(pl.concat(parts).sort(GAME_DAY, "event_id", "player_id"))


def mlb_lineup_k(contexts: pl.DataFrame, inputs: MlbInputs) -> pl.DataFrame:
    """Return MLB_LINEUP_K: what the opponent's order is expected to do against each context's pitcher.

    `team` is the batting team. Where two pitchers are quoted against one order, the first by id stands.
    """
    parts = [
        pl.concat([rated.drop("team"), lineup_strikeouts(rated, known).drop(STAMPS)], how="horizontal")
        for rated, known in ((_rated(part, known)[0], known) for part, known in _by_knowledge(contexts, inputs))
    ]
    rows = pl.concat(parts).rename({"opponent": "team"}).filter(pl.col("team").is_not_null())
    one = rows.sort("event_id", "team", "player_id").unique(MLB_LINEUP_K.key, keep="first", maintain_order=True)
    return MLB_LINEUP_K.conform(one)


def _by_knowledge(contexts: pl.DataFrame, inputs: MlbInputs) -> list[tuple[pl.DataFrame, MlbInputs]]:
    frames = [getattr(inputs, name) for name in _KNOWLEDGE]
    return [
        (part, replace(inputs, **dict(zip(_KNOWLEDGE, known, strict=True))))
        for part, known in by_knowledge(prepared(contexts), frames)
    ]


def _features(market: Market, contexts: pl.DataFrame, inputs: MlbInputs) -> pl.DataFrame:
    rated, stamps = _rated(contexts, inputs)
    appearance = last_appearance(contexts, inputs.pitcher_games)
    lineup = lineup_strikeouts(rated, inputs)
    opinion = market_opinion(market, contexts, inputs.consensus)
    parts = [rated, appearance, start_windows(contexts, inputs.pitcher_games), lineup, opinion]
    values = pl.concat([part.drop(STAMPS, strict=False) for part in parts], how="horizontal")
    used = [*stamps, appearance.select(STAMPS), lineup.select(STAMPS)]
    complete = values.with_columns(
        market=pl.lit(market.name),
        feature_hash=pl.lit(MLB_FEATURES.hash),
        expected_k_bottom_up=pl.col("expected_k"),
        lineup_known=pl.when(pl.col("expected_k").is_not_null()).then(pl.col("known_batters") == SLOTS),
        max_event_day=_newest(used, "last_day"),
        max_observed_at=pl.max_horizontal(_newest(used, "last_seen"), "quoted_at"),
    )
    return MLB_FEATURE_TABLE.conform(complete.with_columns(sources_missing()))


def _rated(contexts: pl.DataFrame, inputs: MlbInputs) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The contexts with shrunk rates and park, and the stamps of what they were built from."""
    league = league_rates(contexts, inputs.team_games)
    own = pitcher_rates(contexts, inputs.pitcher_games, league["league_k_pct"])
    sides = platoon_rates(contexts, inputs.plate_appearances, own["k_pct_shrunk"])
    opponent = opponent_rates(contexts, inputs.team_games)
    parts = [league, own, sides, opponent]
    values = [part.drop(STAMPS) for part in parts]
    rated = pl.concat([contexts, *values, park_of(contexts, inputs.park_factors)], how="horizontal")
    return rated, [part.select(STAMPS) for part in parts]


def _newest(stamps: list[pl.DataFrame], name: str) -> pl.Series:
    return pl.select(pl.max_horizontal([frame[name] for frame in stamps]).alias(name))[name]
