"""One row per batting team and finished game, against the opposing starter."""

import polars as pl

from propcast.analytics.mlb.pitcher_game import last_known_hand
from propcast.analytics.newest import newest
from propcast.tables.analytics import MLB_TEAM_GAME


def team_games(raw: pl.DataFrame) -> pl.DataFrame:
    """Return MLB_TEAM_GAME from RAW_MLB_PITCHER_GAME: what the starter did to the team that faced him.

    The starter's hand is null where neither this row nor an earlier one of his says it. A game whose two starters are
    listed for one team has no row: nobody knows who batted against whom.
    """
    latest = newest(raw, ["event_id", "pitcher_id"])
    pitchers = latest.rename({"pitcher_id": "player_id"}).sort("player_id", "game_day", "event_id")
    starts = pitchers.with_columns(starter_throws=last_known_hand()).filter("is_starter")
    faced = starts.select(
        "event_id",
        "season",
        "game_day",
        "starter_throws",
        "observed_at",
        pl.col("opponent").alias("team"),
        pl.col("team").alias("opponent"),
        pl.col("batters_faced").alias("pa_vs_starter"),
        pl.col("strikeouts").alias("k_vs_starter"),
    )
    return MLB_TEAM_GAME.conform(faced.filter(~pl.struct("event_id", "team").is_duplicated()).sort("event_id", "team"))
