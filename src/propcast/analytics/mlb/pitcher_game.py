"""One row per pitcher and finished game."""

import polars as pl

from propcast.analytics.newest import newest
from propcast.tables.analytics import MLB_PITCHER_GAME

LONG_OUTING_BF = 10
"""Batters faced from which a relief outing behind a shorter start is the bulk of the game."""

_ORDER = ("player_id", "game_day", "event_id")


def pitcher_games(raw: pl.DataFrame) -> pl.DataFrame:
    """Return MLB_PITCHER_GAME from RAW_MLB_PITCHER_GAME, the newest state of each row.

    Whoever started is `starter`, however short he went: a role read off the outcome would drop short starts from
    every window. `days_rest` counts all appearances and is null for a season's first. The park is the home team's,
    null where the side is unknown. An unknown hand is the one last seen for that pitcher.
    """
    latest = newest(raw, ["event_id", "pitcher_id"])
    rows = latest.rename({"pitcher_id": "player_id", "pitcher_name": "player_name"}).sort(_ORDER)
    return MLB_PITCHER_GAME.conform(
        rows.with_columns(
            park=home_team(),
            throws=last_known_hand(),
            role=_role(),
            k_pct=_k_pct(),
            days_rest=_days_rest(),
        )
    )


def home_team() -> pl.Expr:
    """The home side of a row with `team`, `opponent` and `is_home`; null where the side is unknown."""
    return pl.when("is_home").then("team").when(~pl.col("is_home")).then("opponent")


def last_known_hand() -> pl.Expr:
    """The throwing hand of the row or of his latest earlier one; rows sorted by day within `player_id`."""
    return pl.col("throws").forward_fill().over("player_id")


def rest_days(today: pl.Expr, previous: pl.Expr) -> pl.Expr:
    """Whole days between two game days: 0 on consecutive days (DOMAIN 5.3)."""
    return (today - previous).dt.total_days() - 1


def _role() -> pl.Expr:
    start = pl.col("batters_faced").filter(pl.col("is_starter")).first().over("event_id", "team")
    is_bulk = (pl.col("batters_faced") >= LONG_OUTING_BF) & (start < LONG_OUTING_BF)
    relief = pl.when(is_bulk).then(pl.lit("bulk")).otherwise(pl.lit("reliever"))
    return pl.when("is_starter").then(pl.lit("starter")).otherwise(relief)


def _k_pct() -> pl.Expr:
    return pl.when(pl.col("batters_faced") > 0).then(pl.col("strikeouts") / pl.col("batters_faced"))


def _days_rest() -> pl.Expr:
    day, before = pl.col("game_day"), pl.col("game_day").shift(1)
    # The second game of a doubleheader rests since the day before, as the first does.
    previous = pl.when(before < day).then(before).forward_fill().over("player_id", "season")
    return rest_days(day, previous)
