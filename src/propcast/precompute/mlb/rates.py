"""Shrunk strikeout rates and workload as of a moment: league, opponent, pitcher."""

import polars as pl

from propcast.core.shrinkage import (
    BATTERS_FACED_STARTS,
    PITCHER_STRIKEOUT_BATTERS,
    TEAM_STRIKEOUT_BATTERS,
    shrunk_ratio,
)
from propcast.precompute.mlb.hands import hand, under_each_hand
from propcast.precompute.mlb.totals import STAMPS, totals_before

LEAGUE_K_PCT = 0.22
"""Strikeouts per batter while nothing is known of a league (DOMAIN 5)."""
ROLE_MEAN_BF = 22.0
SHORT_START_BF = 10
"""Batters faced below which a start was an opener's."""
OPENER_SHARE = 0.02
OPENER_STARTS = 10.0
"""Own starts that equal the prior share of openers."""

_FACED = ["k_vs_starter", "pa_vs_starter"]


def league_rates(contexts: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return for each context, in its order, `league_k_pct` of all starters this season and last, and STAMPS."""
    return _league(contexts, team_games, {}).rename({"rate": "league_k_pct"})


def opponent_rates(contexts: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return for each context, in its order, `opp_k_pct_vs_hand`, null without an opponent, and STAMPS.

    The opponent's strikeouts per plate appearance against starters of the pitcher's hand this season, k = 400 towards
    the league against that hand. A pitcher whose hand is unknown meets the rates against all starters.
    """
    wanted, rows = contexts.with_columns(hand()), under_each_hand(team_games)
    own = totals_before(wanted, rows, {"season": "season", "opponent": "team", "hand": "hand"}, _FACED)
    known = own.with_columns(wanted["opponent"], _league(wanted, rows, {"hand": "hand"})["rate"])
    rate = shrunk_ratio(pl.col("k_vs_starter"), pl.col("pa_vs_starter"), pl.col("rate"), TEAM_STRIKEOUT_BATTERS)
    return known.select(pl.when(pl.col("opponent").is_not_null()).then(rate).alias("opp_k_pct_vs_hand"), *STAMPS)


def pitcher_rates(contexts: pl.DataFrame, pitcher_games: pl.DataFrame, league_k_pct: pl.Series) -> pl.DataFrame:
    """Return for each context, in its order, `k_pct_shrunk`, `bf_projected`, `opener_prob`, and STAMPS.

    Each is this season's starts shrunk to last season's value, itself shrunk to the league or the role with the same
    k: 100 batters for strikeouts, 3.5 starts towards 22 for batters faced, 10 starts towards .02 for short starts.
    """
    this, last = (_start_sums(contexts, pitcher_games, season) for season in ("season", "last_season"))
    earlier = last.select(pl.all().name.suffix("_last"))
    both = pl.concat([this, earlier, league_k_pct.to_frame()], how="horizontal")
    league = pl.col("league_k_pct")
    return both.select(
        _two_stages("strikeouts", "batters_faced", league, PITCHER_STRIKEOUT_BATTERS).alias("k_pct_shrunk"),
        _two_stages("batters_faced", "starts", pl.lit(ROLE_MEAN_BF), BATTERS_FACED_STARTS).alias("bf_projected"),
        _two_stages("short_starts", "starts", pl.lit(OPENER_SHARE), OPENER_STARTS).alias("opener_prob"),
        *(pl.max_horizontal(stamp, f"{stamp}_last").alias(stamp) for stamp in STAMPS),
    )


def _two_stages(part: str, whole: str, prior: pl.Expr, k: float) -> pl.Expr:
    last_season = shrunk_ratio(pl.col(f"{part}_last"), pl.col(f"{whole}_last"), prior, k)
    return shrunk_ratio(pl.col(part), pl.col(whole), last_season, k)


def _start_sums(contexts: pl.DataFrame, pitcher_games: pl.DataFrame, season: str) -> pl.DataFrame:
    starts = pitcher_games.filter(pl.col("role") == "starter").with_columns(
        starts=pl.lit(1), short_starts=(pl.col("batters_faced") < SHORT_START_BF).cast(pl.Int64())
    )
    values = ["strikeouts", "batters_faced", "starts", "short_starts"]
    return totals_before(contexts, starts, {season: "season", "player_id": "player_id"}, values)


def _league(contexts: pl.DataFrame, rows: pl.DataFrame, by: dict[str, str]) -> pl.DataFrame:
    this, last = (
        totals_before(contexts, rows, {season: "season", **by}, _FACED) for season in ("season", "last_season")
    )
    pooled = pl.concat([this, last.select(pl.all().name.suffix("_last"))], how="horizontal")
    strikeouts, faced = (pl.col(name) + pl.col(f"{name}_last") for name in _FACED)
    rate = pl.when(faced > 0).then(strikeouts / faced).otherwise(LEAGUE_K_PCT)
    return pooled.select(rate.alias("rate"), *(pl.max_horizontal(s, f"{s}_last").alias(s) for s in STAMPS))
