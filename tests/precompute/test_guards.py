"""Guards see what they are for, and let ordinary slates pass."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from propcast.core.errors import ContractViolation
from propcast.precompute.guards import SLATE_ROWS, check_null_rates, check_slate, check_variance, split_by_range
from propcast.tables.features import NBA_FEATURES
from propcast.tables.precompute import NBA_FEATURE_TABLE

DAY = date(2025, 1, 20)


def slate(rows: int = SLATE_ROWS, day: date = DAY, **columns: Sequence[float | None] | float | None) -> pl.DataFrame:
    """Rows whose every feature runs through the middle half of its range, except the columns given."""
    middles = {
        f.name: [f.low + (f.high - f.low) * (0.25 + 0.5 * i / rows) for i in range(rows)] for f in NBA_FEATURES.features
    }
    frame = pl.DataFrame(middles).with_columns(
        pl.lit("points").alias("market"),
        pl.lit(day).alias("game_day"),
        pl.int_range(rows).cast(pl.String).alias("participant_id"),
    )
    return frame.with_columns(
        (
            pl.Series(name, value, dtype=pl.Float64)
            if isinstance(value, Sequence)
            else pl.lit(value, pl.Float64).alias(name)
        )
        for name, value in columns.items()
    )


def test_an_ordinary_slate_passes() -> None:
    """Everything varies and lies inside its range."""
    checked = check_slate(NBA_FEATURES, slate())
    assert (checked.good.height, checked.bad.height, checked.warnings) == (SLATE_ROWS, 0, ())


@pytest.mark.proves("L41")
def test_a_value_out_of_range_holds_back_its_participant_only() -> None:
    """A percentage stored 0–100 is caught; the others go on."""
    usage = [*[0.2] * (SLATE_ROWS - 1), 20.0]
    parts = split_by_range(NBA_FEATURES, slate(usage_l10=usage))
    assert parts.good.height == SLATE_ROWS - 1
    assert parts.bad["participant_id"].to_list() == [str(SLATE_ROWS - 1)]
    assert parts.bad["violations"].to_list() == [["usage_l10 is outside 0…1 fraction"]]


@pytest.mark.proves("L40")
def test_null_is_not_out_of_range() -> None:
    """A feature that is missing breaks no range."""
    assert split_by_range(NBA_FEATURES, slate(usage_l10=None)).bad.is_empty()


@pytest.mark.proves("L41")
@pytest.mark.parametrize("name", [f.name for f in NBA_FEATURES.features if f.must_vary])
def test_a_constant_that_must_vary_fails_the_build(name: str) -> None:
    """Each feature so declared stops a slate of 40 rows on which it has one value."""
    with pytest.raises(ContractViolation, match=f"{name} is constant over 40 rows of points on 2025-01-20"):
        check_slate(NBA_FEATURES, slate(**{name: slate()[name][0]}))


def test_a_small_slate_or_another_constant_only_warns() -> None:
    """39 rows prove nothing; a constant is_playoffs is how a regular slate looks."""
    assert check_variance(NBA_FEATURES, slate(SLATE_ROWS - 1, team_pace=100.0)).failures == ()
    assert check_slate(NBA_FEATURES, slate(is_playoffs=0.0)).warnings == (
        "is_playoffs is constant over 40 rows of points on 2025-01-20",
    )


def test_each_market_and_day_is_its_own_slate() -> None:
    """A constant of one day is found between days that vary."""
    days = pl.concat([slate(), slate(day=DAY + timedelta(days=1), team_pace=100.0)])
    with pytest.raises(ContractViolation, match="2025-01-21"):
        check_slate(NBA_FEATURES, days)


def earlier(days: int, null_share: float) -> pl.DataFrame:
    nulls = round(SLATE_ROWS * null_share)
    values = [None if i < nulls else 0.2 for i in range(SLATE_ROWS)]
    return pl.concat([slate(day=DAY - timedelta(days=d + 1), usage_l10=values) for d in range(days)])


@pytest.mark.proves("L40", "L41")
def test_nulls_that_multiply_fail_the_build() -> None:
    """Usage null in every row, usually in a tenth: a source has gone."""
    with pytest.raises(ContractViolation, match="usage_l10 is null in 100% of rows, usually 10%"):
        check_slate(NBA_FEATURES, slate(usage_l10=None), earlier(10, 0.1))


def test_null_rates_need_ten_days_and_a_real_change() -> None:
    """Nine days prove nothing; a rate that was always 100 % has not multiplied; quotes may be absent."""
    assert check_null_rates(NBA_FEATURES, slate(usage_l10=None), earlier(9, 0.1)).failures == ()
    assert check_null_rates(NBA_FEATURES, slate(usage_l10=None), earlier(10, 1.0)).failures == ()
    quotes = check_null_rates(NBA_FEATURES, slate(line_consensus=None), earlier(10, 0.1))
    assert (len(quotes.failures), len(quotes.warnings)) == (0, 1)


def test_stored_rows_have_the_columns_that_guards_read() -> None:
    """The feature table carries what a slate is told apart by."""
    assert {"market", "game_day", *NBA_FEATURES.names} <= set(NBA_FEATURE_TABLE.schema)
