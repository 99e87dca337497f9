"""Box-score formulas (DOMAIN 5.1), one definition each, as expressions over the named counts."""

import polars as pl

from propcast.analytics.windows import ratio

_FREE_THROW_TRIP = 0.44  # share of free throws that end a possession
REGULATION_MIN, OVERTIME_MIN = 48, 5
_TEAM_REGULATION_MIN, _TEAM_OVERTIME_MIN = 240, 25


def plays(prefix: str = "") -> pl.Expr:
    """Return FGA + 0.44·FTA + TOV: possessions that a player or team used."""
    return shooting_trips(prefix) + pl.col(f"{prefix}tov")


def shooting_trips(prefix: str = "") -> pl.Expr:
    """Return FGA + 0.44·FTA."""
    return pl.col(f"{prefix}fga") + _FREE_THROW_TRIP * pl.col(f"{prefix}fta")


def possessions(prefix: str = "") -> pl.Expr:
    """Return one team's possessions, FGA + 0.44·FTA − OREB + TOV; null without offensive rebounds."""
    return plays(prefix) - pl.col(f"{prefix}oreb")


def true_shooting() -> pl.Expr:
    """Return PTS / (2·(FGA + 0.44·FTA)); can exceed 1 in tiny samples."""
    return ratio(pl.col("pts"), 2 * shooting_trips())


def effective_field_goals() -> pl.Expr:
    """Return (FGM + 0.5·FG3M) / FGA."""
    return ratio(pl.col("fgm") + 0.5 * pl.col("fg3m"), pl.col("fga"))


def overtime_periods(team_minutes: pl.Expr) -> pl.Expr:
    """Return the extra periods; feeds give 237–242 minutes for regulation, so the excess is rounded."""
    return ((team_minutes - _TEAM_REGULATION_MIN) / _TEAM_OVERTIME_MIN).round().cast(pl.Int64)


def game_minutes(overtimes: pl.Expr) -> pl.Expr:
    """Return the minutes a game lasted."""
    return (REGULATION_MIN + OVERTIME_MIN * overtimes).cast(pl.Float64)


def usage() -> pl.Expr:
    """Return plays·G / (MIN·team plays) as a fraction, null without minutes; long stints average .20.

    A seconds-long stint can exceed 1, and is not cut: Σ usage·MIN over a team must stay 5·G·0.20.
    """
    return ratio(plays() * pl.col("game_minutes"), pl.col("minutes_played") * pl.col("team_plays"))
