"""Frames that several tests of this room need."""

import polars as pl

from tests.league.nba import League


def quoted_history(league: League, player_games: pl.DataFrame) -> pl.DataFrame:
    """Return who was quoted and whether he played; null where the game has no box."""
    quoted = league.quotes.select(
        "event_id", pl.col("subject").str.strip_prefix("nba:").cast(pl.Int64).alias("player_id"), "game_day"
    ).unique()
    played = player_games.filter(pl.col("participation") == "played").select(
        "event_id", "player_id", pl.lit(True).alias("played")
    )
    finished = player_games.select("event_id", pl.lit(False).alias("finished")).unique()
    joined = quoted.join(played, on=["event_id", "player_id"], how="left").join(finished, on="event_id", how="left")
    return joined.select("event_id", "player_id", "game_day", pl.coalesce("played", "finished").alias("played"))
