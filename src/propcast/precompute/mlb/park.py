"""Park factors: how much a park adds to strikeouts, from earlier seasons only."""

from collections.abc import Sequence

import polars as pl

from propcast.core.gameday import previous_season
from propcast.core.shrinkage import PARK_STRIKEOUT_BATTERS, shrunk
from propcast.tables.precompute import MLB_PARK_FACTORS

SEASONS_BACK = 3


def park_factors(pitcher_games: pl.DataFrame, seasons: Sequence[str]) -> pl.DataFrame:
    """Return MLB_PARK_FACTORS of those seasons: one row per park with starts in the three seasons before.

    Strikeouts per batter of both sides' starters in the park, over those of the same home team's road games, shrunk to
    1 with k = 3,000 batters. Results first seen after New Year of the season stay out, so that a factor never changes
    within its season.
    """
    return pl.concat([MLB_PARK_FACTORS.empty(), *(_season_factors(pitcher_games, season) for season in seasons)])


def _season_factors(pitcher_games: pl.DataFrame, season: str) -> pl.DataFrame:
    new_year = pl.datetime(int(season), 1, 1, time_zone="UTC")
    starts = pitcher_games.filter(
        pl.col("role") == "starter",
        pl.col("park").is_not_null(),
        pl.col("season").is_between(pl.lit(previous_season(season, SEASONS_BACK)), pl.lit(previous_season(season))),
        pl.col("observed_at") < new_year,
    )
    home = _rate_of(starts.select(pl.col("park"), "strikeouts", "batters_faced"))
    visitor = pl.when("is_home").then("opponent").otherwise("team")
    road = _rate_of(starts.select(visitor.alias("park"), "strikeouts", "batters_faced"))
    both = home.join(road, on="park", suffix="_road").filter(pl.col("rate_road") > 0)
    factor = shrunk(pl.col("faced"), pl.col("rate") / pl.col("rate_road"), pl.lit(1.0), PARK_STRIKEOUT_BATTERS)
    named = both.with_columns(park_k_factor=factor, season=pl.lit(season), batters_faced=pl.col("faced"))
    return MLB_PARK_FACTORS.conform(named.sort("park"))


def _rate_of(starts: pl.DataFrame) -> pl.DataFrame:
    faced = pl.col("batters_faced").sum()
    return starts.group_by("park").agg(faced=faced, rate=pl.col("strikeouts").sum() / faced)


def park_of(contexts: pl.DataFrame, factors: pl.DataFrame) -> pl.DataFrame:
    """Return for each context, in its order, `park_k_factor`; 1, the prior, for a park without earlier seasons."""
    known = factors.select("season", pl.col("park").alias("venue_team"), "park_k_factor")
    joined = contexts.join(known, on=["season", "venue_team"], how="left", maintain_order="left")
    return joined.select(pl.col("park_k_factor").fill_null(1.0))
