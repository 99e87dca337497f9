"""What is announced about a season's games: ids, days, teams, and when they start — which rain may delay."""

import numpy as np
import polars as pl

from propcast.core.provenance import SIMULATED
from propcast.core.sport import Sport
from propcast.sources.history.instants import box_known_at
from propcast.sources.simulated.calendar import eastern_instant
from propcast.sources.simulated.mlb.season import MlbSeason

_DELAYED = 0.02
_DELAYS_MIN = (30, 100)
_TOLD_AHEAD = pl.duration(minutes=45)


def game_facts(season: MlbSeason) -> pl.DataFrame:
    """Return one row per game: `game`, ids, day, teams, `listed_start`, `starts_at`, `moved_at`.

    A delayed game starts later than listed; that is known from `moved_at` on.
    """
    league, year = season.league, int(season.season)
    teams = dict(enumerate(league.teams))
    rng = league.stream("delays", year)
    delayed = rng.random(len(season.games)) < _DELAYED
    delay = np.where(delayed, rng.integers(*_DELAYS_MIN, len(season.games)), 0)
    digits = [f"{year % 100:02d}{number:05d}" for number in range(1, season.schedule.height + 1)]
    listed = season.schedule.with_row_index("game").select(
        pl.col("game").cast(pl.Int64),
        pl.Series("event_id", [league.event_id(each) for each in digits]),
        pl.lit(Sport.MLB.value).alias("sport"),
        pl.lit(season.season).alias("season"),
        pl.lit("regular").alias("season_type"),
        "game_day",
        pl.col("home", "away").replace_strict(teams, return_dtype=pl.String),
        eastern_instant(pl.col("game_day"), pl.col("starts")).alias("listed_start"),
        box_known_at(pl.col("game_day")).alias("observed_at"),
        pl.lit(SIMULATED).alias("source"),
        pl.Series("delay", delay),
    )
    return listed.with_columns(
        starts_at=pl.col("listed_start") + pl.duration(minutes=pl.col("delay")),
        moved_at=pl.when(pl.col("delay") > 0).then(pl.col("listed_start") - _TOLD_AHEAD),
    ).drop("delay")
