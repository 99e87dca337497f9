"""The hand under which a pitcher's opponents are looked up."""

from typing import Final

import polars as pl

ANY_HAND: Final = "any"


def hand() -> pl.Expr:
    """Return `L` or `R` where `throws` says so, else `any`: an unknown hand meets the rates against everybody."""
    return pl.when(pl.col("throws").is_in(["L", "R"])).then("throws").otherwise(pl.lit(ANY_HAND)).alias("hand")


def under_each_hand(games: pl.DataFrame) -> pl.DataFrame:
    """Return every game once under the starter's hand, where known, and once under `any`."""
    known = games.filter(pl.col("starter_throws").is_in(["L", "R"])).with_columns(hand=pl.col("starter_throws"))
    return pl.concat([known, games.with_columns(hand=pl.lit(ANY_HAND))])
