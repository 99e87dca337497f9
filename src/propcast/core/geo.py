"""Travel: great-circle distance and the shift of the local clock (DOMAIN 5.2)."""

import polars as pl

from propcast.core.teams import ZONES

EARTH_RADIUS_KM = 6371.0088


def great_circle_km(from_lat: pl.Expr, from_lon: pl.Expr, to_lat: pl.Expr, to_lon: pl.Expr) -> pl.Expr:
    """Return the haversine distance in km between two points given in degrees; null when one is missing."""
    half_lat = (to_lat - from_lat).radians() / 2
    half_lon = (to_lon - from_lon).radians() / 2
    chord = half_lat.sin().pow(2) + from_lat.radians().cos() * to_lat.radians().cos() * half_lon.sin().pow(2)
    return 2 * EARTH_RADIUS_KM * chord.clip(0, 1).sqrt().arcsin()


def utc_offset_h(zone: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the UTC offset in hours of an arena's zone at noon of a date, daylight saving included.

    `zone` holds IANA names of `teams.ZONES`; another name gives null.
    """
    noon = day.cast(pl.Datetime("us")).dt.offset_by("12h")
    return pl.coalesce(pl.when(zone == name).then(_offset_h(noon.dt.replace_time_zone(name))) for name in ZONES)


def zone_shift_h(zone: pl.Expr, day: pl.Expr, previous_zone: pl.Expr, previous_day: pl.Expr) -> pl.Expr:
    """Return tonight's UTC offset minus the previous venue's, in hours at those dates; positive = flew east."""
    return utc_offset_h(zone, day) - utc_offset_h(previous_zone, previous_day)


def _offset_h(local: pl.Expr) -> pl.Expr:
    return (local.dt.base_utc_offset() + local.dt.dst_offset()).dt.total_minutes() / 60
