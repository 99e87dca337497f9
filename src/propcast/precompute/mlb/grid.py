"""Everybody who started, as contexts: the rows that systems are trained and tested on."""

import polars as pl

from propcast.precompute.mlb.context import as_contexts, thin_history, with_last_appearance

_LEAD = pl.duration(hours=1)
_NOON = pl.duration(hours=16)


def scored_contexts(
    pitcher_games: pl.DataFrame, events: pl.DataFrame, as_of: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return MLB_PITCHER_CONTEXT of every start in `pitcher_games`, for training and backtests only.

    The one place that looks at results, and only at who started for whom. The moment is `as_of` (event_id, as_of)
    where it names the event, else an hour before the start, else 16:00 UTC of the game day. A start whose side is
    unknown has no context.
    """
    starts = pitcher_games.filter(pl.col("role") == "starter", pl.col("is_home").is_not_null()).select(
        "event_id", "player_id", "team", "opponent", "is_home", "player_name"
    )
    known = with_last_appearance(starts.join(_with_moment(events, as_of), on="event_id"), pitcher_games)
    return as_contexts(
        known.with_columns(
            player_name=pl.coalesce("last_name", "player_name"),
            reason=thin_history(),
            is_quoted=pl.lit(value=False),
            p_plays=pl.lit(None, pl.Float64()),
        )
    )


def _with_moment(events: pl.DataFrame, as_of: pl.DataFrame | None) -> pl.DataFrame:
    before_start = pl.col("starts_at") - _LEAD
    noon = pl.col("game_day").cast(events.schema["starts_at"]) + _NOON
    if as_of is None:
        return events.with_columns(as_of=pl.coalesce(before_start, noon))
    given = events.join(as_of.select("event_id", "as_of"), on="event_id", how="left")
    return given.with_columns(as_of=pl.coalesce("as_of", before_start, noon))
