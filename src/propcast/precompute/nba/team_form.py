"""Pace, ratings and allowed indices of a team before a game day (features 33–38, table `nba_team_form`)."""

from collections.abc import Iterable, Mapping

import polars as pl

from propcast.analytics.windows import CUTOFF, GAME_DAY, attach, ratio
from propcast.core.markets import Market
from propcast.core.shrinkage import TEAM_DEF_RATING_GAMES, TEAM_PACE_GAMES
from propcast.precompute.nba.league import Ratios, league_ratios, own_and_prior, running_ratios, with_last_season
from propcast.tables.precompute import NBA_TEAM_FORM

_BY = ("team", "season")

CARRY = 0.5
"""Share of a team's deviation from the league that lasts into the next season (2017–2025: defence .51, pace .47)."""

_RATINGS: Ratios = {
    "pace": (48 * pl.col("possessions"), pl.col("game_minutes")),
    "off_rating": (100 * pl.col("pts"), pl.col("possessions")),
    "def_rating": (100 * pl.col("opp_pts"), pl.col("possessions")),
}
_TABLE_STATS = {f"allowed_{name}": pl.col(name) for name in ("pts", "reb", "ast", "fg3m")}


def nba_team_form(keys: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return table `nba_team_form` for keys `team`, `season`, `game_day` and `cutoff_day`."""
    form = team_form(keys, team_games, _TABLE_STATS).rename({"pace_games": "games"})
    return NBA_TEAM_FORM.conform(form.with_columns(pl.col("games").fill_null(0)))


def team_form(keys: pl.DataFrame, team_games: pl.DataFrame, allowed: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Return the keys with `pace`, `league_pace`, `off_rating`, `def_rating` and one index per entry of `allowed`.

    An index is what the team's opponents made of that statistic per 100 possessions, shrunk to the league and divided
    by it: above 1 the defence gives more than others. Made threes count as attempts, because the share that falls is
    not a property of the defence.
    """
    rated = _shrunk(keys, team_games, _RATINGS).rename({"pace_league": "league_pace"})
    ratios = {name: (100 * stat, pl.col("possessions")) for name, stat in allowed.items()}
    indexed = _shrunk(rated, _made_against(team_games), ratios)
    return indexed.with_columns(ratio(pl.col(name), pl.col(f"{name}_league")).alias(name) for name in allowed)


def matchups(contexts: pl.DataFrame, team_games: pl.DataFrame, markets: Iterable[Market]) -> pl.DataFrame:
    """Return features 33 and 36–38, and 34 per market as `opp_allowed_{market}`, per context row in its order."""
    stats = {f"opp_allowed_{each.name}": each.stat_expr() for each in markets}
    sides = [contexts.select(pl.col(side).alias("team"), "season", GAME_DAY, CUTOFF) for side in ("team", "opponent")]
    keys = pl.concat(sides).unique().drop_nulls("team").sort(CUTOFF, GAME_DAY, "team")
    form = team_form(keys, team_games, stats)
    own = form.select("team", GAME_DAY, CUTOFF, pl.col("pace").alias("team_pace"))
    theirs = form.select(
        pl.col("team").alias("opponent"),
        GAME_DAY,
        CUTOFF,
        pl.col("def_rating").alias("opp_def_rating"),
        pl.col("pace").alias("opp_pace"),
        ratio(pl.col("pace"), pl.col("league_pace")).alias("pace_factor"),
        *stats,
    )
    keyed = contexts.select("team", "opponent", GAME_DAY, CUTOFF)
    for part, side in ((own, "team"), (theirs, "opponent")):
        keyed = keyed.join(part, on=[side, GAME_DAY, CUTOFF], how="left", maintain_order="left")
    return keyed.select("opp_def_rating", "team_pace", "opp_pace", "pace_factor", *stats)


def _shrunk(keys: pl.DataFrame, rows: pl.DataFrame, ratios: Ratios) -> pl.DataFrame:
    """Add each ratio shrunk to the league's, its league value as `{name}_league`, and its `{name}_games`.

    The prior is the league's value this season, moved by half of the team's deviation from it last season.
    """
    teams, league = running_ratios(rows, _BY, ratios), running_ratios(rows, ("season",), ratios)
    now = league_ratios(keys, league, ratios).select(pl.col(name).alias(f"{name}_league") for name in ratios)
    carried = _carried(keys, teams, league, ratios)
    own = attach(pl.concat([keys, now, carried], how="horizontal"), teams, _BY)
    priors = {name: pl.col(f"{name}_league") * pl.col(f"{name}_carried") for name in ratios}
    values = [own_and_prior(name, prior, _strength(name)).alias(name) for name, prior in priors.items()]
    drop = [f"{name}_{what}" for name in ratios for what in ("above", "below", "carried")]
    return own.with_columns(values).drop(drop)


def _strength(name: str) -> float:
    return TEAM_PACE_GAMES if name == "pace" else TEAM_DEF_RATING_GAMES


def _carried(keys: pl.DataFrame, teams: pl.DataFrame, league: pl.DataFrame, ratios: Ratios) -> pl.DataFrame:
    """Return 1 + half of (team ÷ league − 1) of last season per ratio; 1 for a team without one."""
    columns = [f"{name}_last" for name in ratios]
    of_team = with_last_season(keys, teams, ("team",), ratios).select(columns)
    of_league = with_last_season(keys, league, (), ratios).select(pl.col(columns).name.suffix("_league"))
    relative = {name: ratio(pl.col(f"{name}_last"), pl.col(f"{name}_last_league")) for name in ratios}
    both = pl.concat([of_team, of_league], how="horizontal")
    return both.select((1 + CARRY * (r - 1).fill_null(0)).alias(f"{name}_carried") for name, r in relative.items())


def _made_against(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn each team's line into what its opponent allowed."""
    swapped = pl.col("opponent").alias("team"), pl.col("fg3a").alias("fg3m")
    return rows.with_columns(*swapped)
