"""Formula baselines and the populations that they are measured on, by the recipes of EVALUATION.

The windows run over all earlier games, across seasons and playoffs, as many as there are: they are not the features,
whose windows stay inside a season.
"""

from dataclasses import dataclass

import polars as pl

from propcast.core.identity import participant_id
from propcast.core.markets import Market
from propcast.core.sport import Sport

BASELINES = ("last_5", "last_10", "season_mean", "ewm")
LINED = "lined"

_PERSON = "player_id"
_ORDER = (_PERSON, "game_day", "event_id")


@dataclass(frozen=True)
class Recipe:
    """How one sport's baselines are measured.

    Attributes:
        half_life: games, of the exponentially weighted mean.
        populations: name → rows that belong to it; `lined` asks for a line besides.
    """

    half_life: float
    populations: dict[str, pl.Expr]


_REGULAR = pl.col("season_type") == "regular"

RECIPES = {
    Sport.NBA: Recipe(
        half_life=12,
        populations={
            "played, ≥ 5 prior games": _REGULAR & (pl.col("prior_in_season") >= 5),
            "last-10 minutes ≥ 20": _REGULAR & (pl.col("prior_in_season") >= 5) & (pl.col("workload_last_10") >= 20),
            LINED: _REGULAR & (pl.col("prior_in_season") >= 1),
        },
    ),
    Sport.MLB: Recipe(
        half_life=6,
        populations={"≥ 1 prior start": _REGULAR & (pl.col("prior") >= 1), LINED: _REGULAR & (pl.col("prior") >= 1)},
    ),
}


def baseline_rows(market: Market, games: pl.DataFrame, season: str) -> pl.DataFrame:
    """Return one row per scored game of the season with `actual`, the baselines and what populations ask for.

    `games` is the player-game table (NBA: every season; a game without a full minute is none) or the pitcher-game
    table (MLB: starts).
    """
    half_life = RECIPES[market.sport].half_life
    value, workload = market.stat_expr(), _workload(market.sport)
    played = games.filter(_takes_part(market.sport)).sort(_ORDER)
    of_season = _running_mean(value).over(_PERSON, "season")
    career = _running_mean(value).over(_PERSON)
    rows = played.with_columns(
        value.alias("actual"),
        _before(value.rolling_mean(5, min_samples=1)).alias("last_5"),
        _before(value.rolling_mean(10, min_samples=1)).alias("last_10"),
        (pl.coalesce(of_season, career) if market.sport is Sport.MLB else of_season).alias("season_mean"),
        _before(value.ewm_mean(half_life=half_life, adjust=True)).alias("ewm"),
        _before(workload.rolling_mean(10, min_samples=1)).alias("workload_last_10"),
        pl.int_range(pl.len()).over(_PERSON).alias("prior"),
        pl.int_range(pl.len()).over(_PERSON, "season").alias("prior_in_season"),
        pl.format(participant_id(market.sport, 0).replace("0", "{}"), _PERSON).alias("participant_id"),
    )
    kept = ("event_id", "participant_id", "game_day", "season_type", "actual", "workload_last_10", "prior")
    return rows.filter(pl.col("season") == season).select(*kept, "prior_in_season", *BASELINES)


def _takes_part(sport: Sport) -> pl.Expr:
    return pl.col("minutes_rounded") > 0 if sport is Sport.NBA else pl.col("role").is_in(["starter", "opener"])


def _workload(sport: Sport) -> pl.Expr:
    return pl.col("minutes_rounded" if sport is Sport.NBA else "batters_faced").cast(pl.Float64)


def _before(window: pl.Expr) -> pl.Expr:
    return window.shift(1).over(_PERSON)


def _running_mean(value: pl.Expr) -> pl.Expr:
    return (value.cum_sum() / value.cum_count()).shift(1)
