"""Shots counted by zone, from the feed's zone label; backcourt heaves belong to no zone."""

from collections.abc import Sequence

import polars as pl

from propcast.tables.raw import ZONES

ZONE_COUNTS = tuple(f"{zone}_{what}" for zone in ZONES for what in ("fga", "fgm"))


def zone_counts(shots: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return attempts and makes per zone (`ra_fga`, `ra_fgm`, …), one row per value of `by`."""
    counts = [
        column
        for zone in ZONES
        for column in (
            (pl.col("zone") == zone).sum().cast(pl.Int64).alias(f"{zone}_fga"),
            ((pl.col("zone") == zone) & pl.col("made")).sum().cast(pl.Int64).alias(f"{zone}_fgm"),
        )
    ]
    return shots.group_by(by).agg(counts)
