"""Contexts of who played, for training and backtests: the only place that looks at who did.

Rows void for lack of play drop out of a fit and a score; a live slate never sees this module (DOMAIN 6.3, rule 6).
"""

import polars as pl

from propcast.precompute.nba.context import participant_id
from propcast.precompute.nba.rotation import played
from propcast.tables.analytics import NBA_PLAYER_CONTEXT

_LEAD = pl.duration(hours=1)
_UNKNOWN_START_HOUR = 16  # UTC of the game day: before the first tip-off of any slate


def scored_contexts(player_games: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return one `nba_player_context` row per player who played, as of one hour before the start.

    The team is that of the row. Where the start is unknown, `as_of` is 16:00 UTC of the game day. `p_plays` is null:
    these players did play.
    """
    rows = played(player_games, "event_id", "player_id", "player_name", "team", "opponent", "is_home")
    joined = rows.join(events.drop("sport"), on="event_id")
    morning = pl.col("game_day").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=_UNKNOWN_START_HOUR)
    return NBA_PLAYER_CONTEXT.conform(
        joined.with_columns(
            participant_id().alias("participant_id"),
            pl.coalesce(pl.col("starts_at") - _LEAD, morning).alias("as_of"),
            pl.col("home").alias("venue_team"),
            pl.lit(False).alias("is_quoted"),
        )
    ).sort("event_id", "player_id")
