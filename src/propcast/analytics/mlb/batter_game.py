"""One row per batter and finished game, split by the hand he faced."""

import polars as pl

from propcast.analytics.newest import newest
from propcast.tables.analytics import MLB_BATTER_GAME


def batter_games(raw: pl.DataFrame, plate_appearances: pl.DataFrame) -> pl.DataFrame:
    """Return MLB_BATTER_GAME from RAW_MLB_BATTER_GAME and RAW_MLB_PLATE_APPEARANCES.

    The split is null for games whose plate appearances are unknown, and 0 against a hand not faced in known ones.
    """
    rows = newest(raw, ["event_id", "batter_id"])
    known = plate_appearances.select("event_id").unique().with_columns(is_known=pl.lit(value=True))
    split = _by_hand(plate_appearances)
    counts = [name for name in split.columns if name not in ("event_id", "batter_id")]
    joined = rows.join(split, on=["event_id", "batter_id"], how="left").join(known, on="event_id", how="left")
    filled = joined.with_columns(pl.when("is_known").then(pl.col(counts).fill_null(0)))
    names = {"batter_id": "player_id", "plate_appearances": "pa", "strikeouts": "k"}
    return MLB_BATTER_GAME.conform(filled.rename(names).sort("player_id", "game_day", "event_id"))


def _by_hand(plate_appearances: pl.DataFrame) -> pl.DataFrame:
    def against(hand: str) -> list[pl.Expr]:
        faced = pl.col("pitch_hand") == hand
        suffix = f"vs_{hand.lower()}hp"
        return [
            faced.sum().cast(pl.Int64()).alias(f"pa_{suffix}"),
            (faced & pl.col("is_strikeout")).sum().cast(pl.Int64()).alias(f"k_{suffix}"),
        ]

    return plate_appearances.group_by("event_id", "batter_id").agg(*against("L"), *against("R"))
