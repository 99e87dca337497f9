"""The shuffle test finds a choice that saw the results, and nothing else."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from propcast.forecast.shuffle import shuffle_test


def rows(n: int = 600, seed: int = 1) -> pl.DataFrame:
    """Thirty days of decided lines, where the forecast is right seven times in ten."""
    draw = np.random.default_rng(seed)
    over = (draw.random(n) < 0.5).astype(float)
    right = draw.random(n) < 0.7
    return pl.DataFrame({
        "event_id": [f"e{i}" for i in range(n)],
        "participant_id": [f"p{i}" for i in range(n)],
        "game_day": [date(2025, 1, 1) + timedelta(days=i % 30) for i in range(n)],
        "over": over,
        "p_raw": np.where(right == (over == 1), 0.6, 0.4),
        "p_market": np.full(n, 0.5),
    })  # fmt: skip


@pytest.mark.proves("E3", "L35")
def test_an_honest_choice_finds_nothing_in_shuffled_results() -> None:
    found = shuffle_test(rows(), seed=7)
    assert found.passed
    assert found.hit_rate == pytest.approx(0.5, abs=0.1)


@pytest.mark.proves("E3")
def test_a_choice_that_sees_the_results_is_caught() -> None:
    found = shuffle_test(rows(), seed=7, choose=lambda seen: seen.select(pl.col("over") == 1)["over"])
    assert not found.passed
    assert found.hit_rate == 1.0


@pytest.mark.proves("E3")
def test_a_choice_that_sees_one_result_in_three_is_caught() -> None:
    peek = pl.int_range(pl.len()) % 3 == 0

    def choose(seen: pl.DataFrame) -> pl.Series:
        return seen.select(over=pl.when(peek).then(pl.col("over") == 1).otherwise(pl.col("p_raw") > 0.5))["over"]

    assert not shuffle_test(rows(), seed=7, choose=choose).passed


def test_results_stay_within_their_day() -> None:
    """A day on which everything went over stays so: what differs between days is no leak."""
    by_day = rows().with_columns((pl.col("game_day").dt.day() % 2).cast(pl.Float64).alias("over"))
    found = shuffle_test(
        by_day, seed=7, choose=lambda seen: seen.select(pl.col("game_day").dt.day() % 2 == 1).to_series()
    )
    assert found.hit_rate == found.low == found.high == 1.0


def test_the_order_of_rows_and_undecided_ones_change_nothing() -> None:
    undecided = rows().head(20).with_columns(pl.lit(None, pl.Float64).alias("over"), pl.lit("x").alias("event_id"))
    mixed = pl.concat([rows(), undecided]).sample(fraction=1, shuffle=True, seed=3)
    assert shuffle_test(mixed, seed=7) == shuffle_test(rows(), seed=7)
