"""Distances and shifts of the local clock."""

from datetime import date

import polars as pl
import pytest

from propcast.core.geo import great_circle_km, zone_shift_h
from propcast.core.sport import Sport
from propcast.core.teams import arenas


def km(start: str, end: str) -> float:
    places = {row["team"]: row for row in arenas(Sport.NBA).iter_rows(named=True)}
    points = [pl.lit(places[team][axis]) for team in (start, end) for axis in ("lat", "lon")]
    return float(pl.select(great_circle_km(*points)).item())


@pytest.mark.parametrize(("start", "end", "expected"), [("BOS", "LAL", 4170), ("NYK", "BKN", 8), ("MIA", "POR", 4350)])
def test_distances_between_arenas(start: str, end: str, expected: float) -> None:
    assert km(start, end) == pytest.approx(expected, rel=0.02, abs=1)
    assert km(end, start) == pytest.approx(km(start, end))


def test_staying_is_no_distance_and_an_unknown_place_has_none() -> None:
    assert km("DEN", "DEN") == 0.0
    missing = pl.lit(None, dtype=pl.Float64)
    assert pl.select(great_circle_km(missing, pl.lit(1.0), pl.lit(1.0), pl.lit(1.0))).item() is None


@pytest.mark.parametrize(
    ("here", "today", "there", "before", "hours"),
    [
        ("America/New_York", date(2025, 1, 6), "America/Los_Angeles", date(2025, 1, 4), 3.0),
        ("America/Los_Angeles", date(2025, 1, 6), "America/New_York", date(2025, 1, 4), -3.0),
        ("America/Phoenix", date(2025, 1, 6), "America/Denver", date(2025, 1, 4), 0.0),
        ("America/Phoenix", date(2025, 3, 12), "America/Denver", date(2025, 3, 10), -1.0),
        ("America/Chicago", date(2025, 3, 9), "America/Chicago", date(2025, 3, 8), 1.0),
        ("America/Chicago", date(2025, 11, 2), "America/Chicago", date(2025, 11, 1), -1.0),
        ("Europe/Paris", date(2025, 1, 23), "America/Chicago", date(2025, 1, 20), None),
    ],
)
@pytest.mark.proves("L47")
def test_the_clock_shifts_east_positive_with_daylight_saving(
    here: str, today: date, there: str, before: date, hours: float | None
) -> None:
    row = pl.DataFrame({"here": [here], "today": [today], "there": [there], "before": [before]})
    assert row.select(zone_shift_h(*(pl.col(c) for c in row.columns))).item() == hours
