"""Days and instants of simulated seasons."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from propcast.core.gameday import EASTERN
from propcast.tables.schema import INSTANT


def weekday_on_or_after(day: date, weekday: int) -> date:
    """Return the first such weekday (Monday = 0) from a day on."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def eastern_instant(day: pl.Expr, minutes_after_noon: pl.Expr) -> pl.Expr:
    """Return the instant at which clocks in New York show so many minutes after noon of a day."""
    wall = day.cast(pl.Datetime("us")).dt.offset_by("12h") + pl.duration(minutes=minutes_after_noon)
    return wall.dt.replace_time_zone(str(EASTERN)).dt.convert_time_zone("UTC").cast(INSTANT)


def at_noon(day: date) -> datetime:
    """Return noon UTC of a day."""
    return datetime.combine(day, time(12), UTC)
