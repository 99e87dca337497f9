"""Form of a player in each market's statistic before a game (features 1–12); all markets in one pass."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from propcast.analytics.windows import (
    CUTOFF,
    GAME_DAY,
    GAME_NO,
    attach,
    before,
    day_states,
    last_count,
    last_mean,
    last_ratio,
    last_slope,
    last_std,
    last_sum,
    last_variance,
    numbered,
    pooled,
    ratio,
)
from propcast.core.markets import Market
from propcast.core.shrinkage import VERSUS_OPPONENT_GAMES
from propcast.precompute.nba.priors import in_aggregates, season_means, season_sums, with_priors
from propcast.precompute.nba.rotation import played

MARKET = ("market",)
_PLAYER = ("player_id", "season")
_BY = (*MARKET, *_PLAYER)
_NEEDED = (*_PLAYER, GAME_DAY, "event_id", "season_type", "opponent", "minutes_played")
_HALF_LIFE_GAMES, _RIVAL_DAYS = 8, 730
_RIVALS = (*MARKET, "player_id", "opponent")
_STRENGTH = pl.col("prior_games")


@dataclass(frozen=True)
class PlayerForm:
    """What the form of a slate's players is read from, one row per market.

    Attributes:
        games: played games of the slate's players in which a market's `stat` is known, in playing order and numbered.
        means: season means of every player's `stat` and of the minutes in which it is known, as priors of the next.
    """

    games: pl.DataFrame
    means: pl.DataFrame

    @classmethod
    def of(cls, contexts: pl.DataFrame, player_games: pl.DataFrame, markets: Iterable[Market]) -> "PlayerForm":
        """Read player games once, whatever the number of markets."""
        stats = {market.name: market.stat_expr() for market in markets}
        rows = played(player_games, *_NEEDED, **stats)
        own = rows.join(contexts, on="player_id", how="semi").sort(*_PLAYER, GAME_DAY, "event_id").lazy()
        games = pl.concat(own.select(_named(name), *_NEEDED, stat=name) for name in stats)
        means = season_means(_sums(rows, stats), ("stat", "minutes"), "minutes", MARKET)
        return cls(numbered(games.drop_nulls("stat").collect(), _BY), means)


def form(contexts: pl.DataFrame, history: PlayerForm) -> pl.DataFrame:
    """Return features 1–12 for each context row, in its order; a row names its `market` and `prior_games`."""
    current = history.games.join(contexts, on=_BY, how="semi", maintain_order="left")
    known = with_priors(attach(contexts, form_states(current), _BY), history.means, MARKET)
    n = pl.col("season_n").fill_null(0)
    own_rate = n * ratio(pl.col("season_sum"), pl.col("season_minutes"))
    prior_rate = ratio(pl.col("prior_stat"), pl.col("prior_minutes"))
    return known.select(
        "stat_avg_l3",
        "stat_avg_l5",
        "stat_avg_l10",
        _season_mean().alias("stat_avg_season"),
        _expected().alias("stat_mean_shrunk"),
        "stat_ewm_hl8",
        "stat_std_l10",
        "stat_slope_l10",
        _z_of_form().alias("stat_z_l5"),
        "stat_per_min_l10",
        pooled(own_rate, n, prior_rate, _STRENGTH).alias("stat_per_min_shrunk"),
        _rival_residual(contexts, _residuals(contexts, history)).alias("stat_vs_opp_resid"),
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
        **_season_totals(),
    }
    named = [window.alias(name) for name, window in windows.items()]
    return day_states(ordered.lazy().with_columns(named).collect()).select(*_BY, GAME_DAY, *windows)


def _season_totals() -> dict[str, pl.Expr]:
    counted = pl.when(in_aggregates()).then(pl.col("stat"))
    minutes = pl.when(in_aggregates()).then(pl.col("minutes_played"))
    return {
        "season_sum": last_sum(counted),
        "season_minutes": last_sum(minutes),
        "season_n": last_count(counted),
        "season_variance": last_variance(counted, None),
    }


def _named(market: str) -> pl.Expr:
    return pl.lit(market).alias("market")


def _sums(rows: pl.DataFrame, markets: Iterable[str]) -> pl.DataFrame:
    """Return the sums of each season of every player, one row per market."""
    minutes = {name: f"minutes_of_{name}" for name in markets}
    known = {minutes[name]: pl.when(pl.col(name).is_not_null()).then("minutes_played") for name in minutes}
    sums = season_sums(rows, {name: pl.col(name) for name in minutes} | known).lazy()
    return pl.concat(
        sums.select(
            _named(name),
            *_PLAYER,
            *(pl.col(f"{name}_{part}").alias(f"stat_{part}") for part in ("sum", "n")),
            *(pl.col(f"{minutes[name]}_{part}").alias(f"minutes_{part}") for part in ("sum", "n")),
        )
        for name in minutes
    ).collect()


def _season_mean() -> pl.Expr:
    return ratio(pl.col("season_sum"), pl.col("season_n"))


def _expected() -> pl.Expr:
    return pooled(pl.col("season_sum"), pl.col("season_n"), pl.col("prior_stat"), _STRENGTH)


def _z_of_form() -> pl.Expr:
    enough = (pl.col("season_n") >= 10) & (pl.col("season_variance") > 0)
    return pl.when(enough).then((pl.col("stat_avg_l5") - _season_mean()) / pl.col("season_variance").sqrt())


def _residuals(contexts: pl.DataFrame, history: PlayerForm) -> pl.DataFrame:
    """Running sums, per market, player and opponent asked about, of stat − what was expected of him then."""
    counted = pl.when(in_aggregates()).then(pl.col("stat"))
    counts = in_aggregates().cast(pl.Int64)
    until = history.games.with_columns(last_sum(counted).alias("season_sum"), last_count(counted).alias("season_n"))
    rivals = contexts.lazy().select(*_RIVALS, "prior_games").unique(_RIVALS)
    met = until.lazy().join(rivals, on=_RIVALS, maintain_order="left").collect()
    earlier = (
        with_priors(met, history.means, MARKET)
        .lazy()
        .with_columns(
            (pl.col("season_sum") - pl.col("stat") * counts).alias("season_sum"),
            (pl.col("season_n") - counts).alias("season_n"),
        )
    )
    residual = (pl.col("stat") - _expected()).alias("residual")
    known = earlier.select(*_RIVALS, GAME_DAY, "event_id", residual).drop_nulls("residual").collect()
    met_in_order = numbered(
        known.sort(_RIVALS, maintain_order=True), _RIVALS
    )  # each rival's games stay in playing order
    summed = met_in_order.with_columns(
        last_sum(pl.col("residual")).alias("residual"), pl.col(GAME_NO).alias("meetings")
    )
    return day_states(summed).select(*_RIVALS, GAME_DAY, "residual", "meetings")


def _rival_residual(contexts: pl.DataFrame, residuals: pl.DataFrame) -> pl.Series:
    opening = pl.min_horizontal(pl.col(GAME_DAY) - pl.duration(days=_RIVAL_DAYS + 1), pl.col(CUTOFF))
    until = before(contexts, residuals, _RIVALS)
    since = before(contexts.select(*_RIVALS, opening.alias("_opening")), residuals, _RIVALS, on="_opening")
    total, meetings = (until[name].fill_null(0) - since[name].fill_null(0) for name in ("residual", "meetings"))
    shrunk_mean = total / (meetings + VERSUS_OPPONENT_GAMES)
    return pl.select(pl.when(contexts["opponent"].is_not_null()).then(shrunk_mean)).to_series()
