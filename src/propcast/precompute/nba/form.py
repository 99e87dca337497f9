"""Form of a player in one market's statistic before a game (features 1–12)."""

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
    in_order,
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

_BY = ("player_id", "season")
_NEEDED = (*_BY, GAME_DAY, "event_id", "season_type", "opponent", "minutes_played")
_HALF_LIFE_GAMES, _RIVAL_DAYS = 8, 730


@dataclass(frozen=True)
class PlayerForm:
    """What the form of a slate's players is read from, for several markets.

    Attributes:
        games: played games of the slate's players in playing order, with each market's statistic under its name.
        sums: sums of each season of every player, of each market's statistic and of the minutes in which it is known.
    """

    games: pl.DataFrame
    sums: pl.DataFrame

    @classmethod
    def of(cls, contexts: pl.DataFrame, player_games: pl.DataFrame, markets: Iterable[Market]) -> "PlayerForm":
        """Read player games once, whatever the number of markets."""
        stats = {market.name: market.stat_expr() for market in markets}
        rows = played(player_games).select(*_NEEDED, **stats)
        minutes = pl.col("minutes_played")
        known = {_minutes(name): pl.when(pl.col(name).is_not_null()).then(minutes) for name in stats}
        sums = season_sums(rows, {name: pl.col(name) for name in stats} | known)
        own = rows.join(contexts, on="player_id", how="semi")
        return cls(own.sort(*_BY, GAME_DAY, "event_id"), sums)

    def games_of(self, market: Market) -> pl.DataFrame:
        """Return the games in which the market's statistic is known, as `stat`."""
        rows = self.games.select(*_NEEDED, pl.col(market.name).alias("stat"))
        return numbered(rows.filter(pl.col("stat").is_not_null()), _BY)

    def means_of(self, market: Market) -> pl.DataFrame:
        """Return the season means of the market's `stat` and of `minutes`."""
        minutes = _minutes(market.name)
        names = {f"{market.name}_{what}": f"stat_{what}" for what in ("sum", "n")}
        names |= {f"{minutes}_{what}": f"minutes_{what}" for what in ("sum", "n")}
        return season_means(
            self.sums.select("player_id", "season", *names).rename(names), ["stat", "minutes"], "minutes"
        )


def form(contexts: pl.DataFrame, history: PlayerForm, market: Market) -> pl.DataFrame:
    """Return features 1–12 of the market for each context row, in its order."""
    games, means = history.games_of(market), history.means_of(market)
    current = games.join(contexts, on=_BY, how="semi", maintain_order="left")
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
        _rival_residual(contexts, _residuals(contexts, games, means, market)).alias("stat_vs_opp_resid"),
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
    return day_states(ordered.with_columns(named)).select(*_BY, GAME_DAY, *windows)


def _season_totals() -> dict[str, pl.Expr]:
    counted = pl.when(in_aggregates()).then(pl.col("stat"))
    minutes = pl.when(in_aggregates()).then(pl.col("minutes_played"))
    return {
        "season_sum": last_sum(counted),
        "season_minutes": last_sum(minutes),
        "season_n": last_count(counted),
        "season_variance": last_variance(counted, None),
    }


def _minutes(market: str) -> str:
    return f"minutes_of_{market}"


def _season_mean() -> pl.Expr:
    return ratio(pl.col("season_sum"), pl.col("season_n"))


def _expected(market: Market) -> pl.Expr:
    return pooled(pl.col("season_sum"), pl.col("season_n"), pl.col("prior_stat"), market.prior_games)


def _z_of_form() -> pl.Expr:
    enough = (pl.col("season_n") >= 10) & (pl.col("season_variance") > 0)
    return pl.when(enough).then((pl.col("stat_avg_l5") - _season_mean()) / pl.col("season_variance").sqrt())


def _residuals(contexts: pl.DataFrame, games: pl.DataFrame, means: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Running sums, per player and opponent of the slate, of stat − what was expected of him before that game."""
    counted = pl.when(in_aggregates()).then(pl.col("stat"))
    counts = in_aggregates().cast(pl.Int64)
    until = games.with_columns(last_sum(counted).alias("season_sum"), last_count(counted).alias("season_n"))
    met = until.join(contexts, on=["player_id", "opponent"], how="semi", maintain_order="left")
    earlier = with_priors(met, means).with_columns(
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
