"""Form of a player in one market's statistic before a game (features 1–12)."""

import polars as pl

from propcast.analytics.windows import (
    CUTOFF,
    GAME_DAY,
    GAME_NO,
    attach,
    before,
    day_states,
    in_order,
    last_count,
    last_mean,
    last_ratio,
    last_slope,
    last_std,
    last_sum,
    last_variance,
    pooled,
    ratio,
)
from propcast.core.markets import Market
from propcast.core.shrinkage import VERSUS_OPPONENT_GAMES
from propcast.precompute.nba.priors import in_aggregates, season_means, with_priors
from propcast.precompute.nba.rotation import played

_BY = ("player_id", "season")
_SEASON_TOTALS = ("season_sum", "season_minutes", "season_n", "season_variance")
_HALF_LIFE_GAMES, _RIVAL_DAYS = 8, 730


def form(contexts: pl.DataFrame, player_games: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Return features 1–12 of the market for each context row, in its order."""
    rows = _with_stat(player_games, market)
    means = season_means(rows, {"stat": pl.col("stat"), "minutes": pl.col("minutes_played")})
    theirs = in_order(rows.join(contexts, on="player_id", how="semi"), _BY).with_columns(_season_totals())
    current = theirs.join(contexts, on=_BY, how="semi", maintain_order="left")
    known = with_priors(attach(contexts, form_states(current), _BY), means)
    expected = _expected(market)
    n = pl.col("season_n").fill_null(0)
    own_rate = n * ratio(pl.col("season_sum"), pl.col("season_minutes"))
    prior_rate = ratio(pl.col("prior_stat"), pl.col("prior_minutes"))
    return known.select(
        "stat_avg_l3",
        "stat_avg_l5",
        "stat_avg_l10",
        _season_mean().alias("stat_avg_season"),
        expected.alias("stat_mean_shrunk"),
        "stat_ewm_hl8",
        "stat_std_l10",
        "stat_slope_l10",
        _z_of_form().alias("stat_z_l5"),
        "stat_per_min_l10",
        pooled(own_rate, n, prior_rate, market.prior_games).alias("stat_per_min_shrunk"),
        _rival_residual(contexts, _residuals(theirs, means, market)).alias("stat_vs_opp_resid"),
    )


def form_states(ordered: pl.DataFrame) -> pl.DataFrame:
    """Return the inclusive state of each player's statistic at the end of each day he played, within a season."""
    stat, minutes = pl.col("stat"), pl.col("minutes_played")
    smoothed = stat.ewm_mean(half_life=_HALF_LIFE_GAMES, adjust=True).over(_BY)
    windows = {
        "stat_avg_l3": last_mean(stat, 3, 3),
        "stat_avg_l5": last_mean(stat, 5, 3),
        "stat_avg_l10": last_mean(stat, 10, 5),
        "stat_ewm_hl8": pl.when(pl.col(GAME_NO) >= 3).then(smoothed),
        "stat_std_l10": last_std(stat, 10, 5),
        "stat_slope_l10": last_slope(stat, 10, 5),
        "stat_per_min_l10": last_ratio(stat, minutes, 10, 5),
    }
    named = [window.alias(name) for name, window in windows.items()]
    states = ordered.with_columns(named)
    return day_states(states).select(*_BY, GAME_DAY, *windows, *_SEASON_TOTALS)


def _season_totals() -> list[pl.Expr]:
    counted = {"season_sum": pl.col("stat"), "season_minutes": pl.col("minutes_played")}
    in_season = {name: pl.when(in_aggregates()).then(value) for name, value in counted.items()}
    stat = in_season["season_sum"]
    sums = [last_sum(value).alias(name) for name, value in in_season.items()]
    return [*sums, last_count(stat).alias("season_n"), last_variance(stat, None).alias("season_variance")]


def _with_stat(player_games: pl.DataFrame, market: Market) -> pl.DataFrame:
    rows = played(player_games).with_columns(market.stat_expr().alias("stat")).filter(pl.col("stat").is_not_null())
    return rows.select(*_BY, GAME_DAY, "event_id", "season_type", "opponent", "minutes_played", "stat")


def _season_mean() -> pl.Expr:
    return ratio(pl.col("season_sum"), pl.col("season_n"))


def _expected(market: Market) -> pl.Expr:
    return pooled(pl.col("season_sum"), pl.col("season_n"), pl.col("prior_stat"), market.prior_games)


def _z_of_form() -> pl.Expr:
    enough = (pl.col("season_n") >= 10) & (pl.col("season_variance") > 0)
    return pl.when(enough).then((pl.col("stat_avg_l5") - _season_mean()) / pl.col("season_variance").sqrt())


def _residuals(ordered: pl.DataFrame, means: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Running sums, per player and opponent, of stat − what was expected of him before that game."""
    counts = in_aggregates().cast(pl.Int64)
    earlier = with_priors(ordered, means).with_columns(
        (pl.col("season_sum") - pl.col("stat") * counts).alias("season_sum"),
        (pl.col("season_n") - counts).alias("season_n"),
    )
    residual = (pl.col("stat") - _expected(market)).alias("residual")
    by = ("player_id", "opponent")
    known = earlier.select(*by, GAME_DAY, "event_id", residual).drop_nulls("residual")
    summed = in_order(known, by).with_columns(
        last_sum(pl.col("residual")).alias("residual"), pl.col(GAME_NO).alias("meetings")
    )
    return day_states(summed).select(*by, GAME_DAY, "residual", "meetings")


def _rival_residual(contexts: pl.DataFrame, residuals: pl.DataFrame) -> pl.Series:
    by = ("player_id", "opponent")
    opening = pl.min_horizontal(pl.col(GAME_DAY) - pl.duration(days=_RIVAL_DAYS + 1), pl.col(CUTOFF))
    until = before(contexts, residuals, by)
    since = before(contexts.select(*by, opening.alias("_opening")), residuals, by, on="_opening")
    total, meetings = (until[name].fill_null(0) - since[name].fill_null(0) for name in ("residual", "meetings"))
    shrunk_mean = total / (meetings + VERSUS_OPPONENT_GAMES)
    return pl.select(pl.when(contexts["opponent"].is_not_null()).then(shrunk_mean)).to_series()
