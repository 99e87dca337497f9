"""Of several rows about one thing the last observed one counts, whatever their order; a single one always does."""

from datetime import UTC, datetime, timedelta

import polars as pl

from propcast.analytics.newest import newest

NOON = datetime(2025, 10, 24, 12, tzinfo=UTC)


def rows(*said: tuple[str, int, int]) -> pl.DataFrame:
    """Rows of (thing, points, hour of observation)."""
    return pl.DataFrame(
        [(thing, points, NOON + timedelta(hours=hour)) for thing, points, hour in said],
        schema={"thing": pl.String, "pts": pl.Int64, "observed_at": pl.Datetime("us", "UTC")},
        orient="row",
    )


def test_the_last_observed_row_of_a_key_counts_whatever_the_order() -> None:
    said = rows(("a", 1, 0), ("b", 5, 0), ("a", 2, 2), ("a", 3, 1))
    for frame in (said, said.reverse()):
        assert sorted(newest(frame, ["thing"]).select("thing", "pts").rows()) == [("a", 2), ("b", 5)]


def test_rows_about_different_things_all_count() -> None:
    said = rows(("b", 1, 3), ("a", 2, 0))
    assert newest(said, ["thing"]).sort("thing").equals(said.sort("thing"))
