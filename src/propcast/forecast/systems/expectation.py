"""The formula expectation of each sport: the moving average's mean, and what past games are measured against."""

from functools import cache

import polars as pl

from propcast.core.markets import Market
from propcast.core.sport import Sport

MIN_FORM_GAMES = 3
FORM_WEIGHTS = {"stat_avg_l5": 0.35, "stat_avg_l10": 0.30, "stat_mean_shrunk": 0.35}
INDEX_POWER = 0.5
FATIGUE_COST = 0.03

LEAGUE = "league_k_pct"
LEAGUE_WINDOW = "365d"
_OPPONENT_RATE = "opp_k_pct_vs_hand"


def with_league(rows: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Add `league_k_pct`: the mean opponents' K% over the `earlier` rows of the year before each row's game day.

    Null where there are none. Rows without that feature (the NBA's) are returned as they are.
    """
    if _OPPONENT_RATE not in rows.columns:
        return rows
    rate = pl.col(_OPPONENT_RATE).cast(pl.Float64)
    played = earlier.select("game_day", rate.alias("total"), rate.is_not_null().cast(pl.Int64).alias("n"))
    asked = rows.select("game_day", pl.lit(None, pl.Float64).alias("total"), pl.lit(0, pl.Int64).alias("n")).unique()
    # Games are added up apart from the rows, so that no sum depends on how many rows ask for it.
    days = pl.concat([played.group_by("game_day").sum(), asked]).group_by("game_day").sum().sort("game_day")
    total, n = (pl.col(name).rolling_sum_by("game_day", LEAGUE_WINDOW, closed="left") for name in ("total", "n"))
    league = days.select("game_day", pl.when(n > 0).then(total / n).alias(LEAGUE))
    return rows.join(league, on="game_day", how="left", maintain_order="left")


@cache
def expectation(market: Market) -> pl.Expr:
    """Return the expected count over rows of `with_league`; null where a part that is never null is missing."""
    return _nba_mean() if market.sport is Sport.NBA else _mlb_mean()


@cache
def terms(market: Market) -> list[pl.Expr]:
    """Return named terms that add up to the expectation, in counts; a form average that is missing is null."""
    return _nba_terms() if market.sport is Sport.NBA else _mlb_terms()


def _nba_mean() -> pl.Expr:
    return _form() * _opponent() * _pace() * _freshness()


def _nba_terms() -> list[pl.Expr]:
    to_opponent = _form()
    to_pace = to_opponent * _opponent()
    to_freshness = to_pace * _pace()
    return [
        *(_form_term(name).alias(name) for name in FORM_WEIGHTS),
        (to_opponent * (_opponent() - 1)).alias("opp_allowed_index"),
        (to_pace * (_pace() - 1)).alias("pace_factor"),
        (to_freshness * (_freshness() - 1)).alias("fatigue_load"),
    ]


def _form() -> pl.Expr:
    """Recent form and the shrunk mean; the latter alone until there are three games (DECISIONS 6)."""
    shrunk = pl.col("stat_mean_shrunk").cast(pl.Float64)
    return pl.when(shrunk.is_not_null()).then(pl.sum_horizontal(_form_term(name) for name in FORM_WEIGHTS))


def _form_term(name: str) -> pl.Expr:
    weights = [pl.when(_counts(each)).then(weight) for each, weight in FORM_WEIGHTS.items()]
    share = FORM_WEIGHTS[name] / pl.sum_horizontal(weights)
    return pl.when(_counts(name)).then(pl.col(name).cast(pl.Float64) * share)


def _counts(name: str) -> pl.Expr:
    present = pl.col(name).is_not_null()
    return present if name == "stat_mean_shrunk" else present & (pl.col("games_played_season") >= MIN_FORM_GAMES)


def _opponent() -> pl.Expr:
    return pl.col("opp_allowed_index").cast(pl.Float64) ** INDEX_POWER


def _pace() -> pl.Expr:
    return pl.col("pace_factor").cast(pl.Float64)


def _freshness() -> pl.Expr:
    return 1 - FATIGUE_COST * pl.col("fatigue_load").cast(pl.Float64) / 100


def _mlb_mean() -> pl.Expr:
    return rate_formula() * _park()


def _mlb_terms() -> list[pl.Expr]:
    to_batting = _workload()
    to_park = to_batting * _batting()
    return [
        to_batting.alias("k_pct_shrunk × bf_projected"),
        (to_batting * (_batting() - 1)).alias("opp_k_pct_vs_hand"),
        (to_park * (_park() - 1)).alias("park_k_factor"),
    ]


def rate_formula() -> pl.Expr:
    """Return K% × batters faced × opponent's K% over the league's: the strikeout baseline, without the park."""
    return _workload() * _batting()


def _workload() -> pl.Expr:
    return pl.col("k_pct_shrunk").cast(pl.Float64) * pl.col("bf_projected").cast(pl.Float64)


def _batting() -> pl.Expr:
    return pl.col("opp_k_pct_vs_hand").cast(pl.Float64) / pl.col(LEAGUE)


def _park() -> pl.Expr:
    return pl.col("park_k_factor").cast(pl.Float64)
