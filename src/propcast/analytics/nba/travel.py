"""Rest and travel between a team's games (DOMAIN 5.2)."""

import polars as pl

from propcast.core.geo import great_circle_km
from propcast.core.sport import Sport
from propcast.core.teams import arenas, franchise


def rest_days(day: pl.Expr, previous_day: pl.Expr) -> pl.Expr:
    """Return the idle days between two games: 0 is a back-to-back, null without a previous game."""
    return (day - previous_day).dt.total_days() - 1


def distance_km(rows: pl.DataFrame, start: str, end: str) -> pl.Series:
    """Return the km between the arenas of the teams named in two columns; an unknown arena gives null."""
    known = arenas(Sport.NBA).select("team", "lat", "lon")
    points = rows.select(franchise(pl.col(start, end))).join(
        known, left_on=start, right_on="team", how="left", maintain_order="left"
    )
    both = points.join(known, left_on=end, right_on="team", how="left", maintain_order="left", suffix="_end")
    return both.select(great_circle_km(pl.col("lat"), pl.col("lon"), pl.col("lat_end"), pl.col("lon_end"))).to_series()


def legs(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `rest_days` and `travel_km` from each team's previous game of the season to this one.

    `venue` names the team whose arena it is. A season starts at home; an unknown venue (a neutral site) counts as
    home too, because the game row has no place.
    """
    ordered = rows.sort("team", "season", "game_day", "event_id").with_columns(
        pl.coalesce("venue", "team").alias("venue"),
    )
    by = ("team", "season")
    previous = ordered.with_columns(
        rest_days(pl.col("game_day"), pl.col("game_day").shift(1).over(by)).alias("rest_days"),
        pl.coalesce(pl.col("venue").shift(1).over(by), "team").alias("_from"),
    )
    return previous.with_columns(distance_km(previous, "_from", "venue").alias("travel_km")).drop("_from")
