"""When the imported history was known, where its files do not say (decision 2)."""

from datetime import time

import polars as pl

from propcast.core.gameday import EASTERN
from propcast.tables.schema import INSTANT

BOX_KNOWN_AT = time(8)
"""A game day's box scores are known at 08:00 UTC of the next day."""

SLATE_KNOWN_AT = time(16)
"""When nothing says when a row was seen, it was not seen before 16:00 UTC of its game day."""

TIP_OFF_DELAY = pl.duration(minutes=10)
"""The vendor's `commence_time` is the league's announced time plus ten minutes."""


def at(day: pl.Expr, hour: time) -> pl.Expr:
    """Return the instant of that UTC hour on a date."""
    return day.dt.combine(hour, time_unit="us").dt.replace_time_zone("UTC").cast(INSTANT)


def box_known_at(game_day: pl.Expr) -> pl.Expr:
    """Return when the box score of a game day was known."""
    return at(game_day.dt.offset_by("1d"), BOX_KNOWN_AT)


def eastern_day(instant: pl.Expr) -> pl.Expr:
    """Return the US Eastern date of an instant."""
    return instant.dt.convert_time_zone(str(EASTERN)).dt.date()
