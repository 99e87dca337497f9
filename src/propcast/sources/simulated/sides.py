"""A game's facts from the point of view of one of its sides."""

import polars as pl


def of_sides(rows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Join rows of (`game`, `side`) with their game's facts, and say `team`, `opponent`, `is_home`; side 0 is home."""
    at_home = pl.col("side") == 0
    return rows.join(facts, on="game", how="left", maintain_order="left").with_columns(
        team=pl.when(at_home).then("home").otherwise("away"),
        opponent=pl.when(at_home).then("away").otherwise("home"),
        is_home=at_home,
    )
