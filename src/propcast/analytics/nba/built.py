"""What a builder returns: the games it could build, and those it held back with what is wrong."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Built:
    """A table in two parts: `frame` obeys its declaration; `held` says why other games are missing from it.

    `held` has one row per game: `event_id`, `season`, `game_day`, `violations`.
    """

    frame: pl.DataFrame
    held: pl.DataFrame


HELD_SCHEMA = pl.Schema(
    {"event_id": pl.String(), "season": pl.String(), "game_day": pl.Date(), "violations": pl.List(pl.String())}
)


def split_games(rows: pl.DataFrame, violation: pl.Expr) -> Built:
    """Hold back every game one of whose rows has a violation (a message, or null for none)."""
    found = rows.with_columns(violation.alias("violation"))
    bad = found.filter(pl.col("violation").is_not_null())
    held = bad.group_by("event_id").agg(
        pl.col("season", "game_day").first(), pl.col("violation").unique().sort().alias("violations")
    )
    good = found.join(held, on="event_id", how="anti").drop("violation") if bad.height else rows
    return Built(good, held.sort("event_id").cast(HELD_SCHEMA))
