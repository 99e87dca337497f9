"""The season of whole columns."""

import polars as pl

from propcast.core.gameday import GameDay
from propcast.core.sport import Sport


def seasons(rows: pl.DataFrame) -> pl.Series:
    """Return the `season` of each row from its `sport` and `game_day`."""
    days = rows.select("sport", "game_day").unique()
    named = [GameDay(day).season(Sport(sport)) for sport, day in days.iter_rows()]
    known = days.with_columns(pl.Series("season", named, pl.String))
    return rows.select("sport", "game_day").join(known, on=["sport", "game_day"], how="left", maintain_order="left")[
        "season"
    ]
