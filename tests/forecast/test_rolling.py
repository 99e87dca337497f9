"""The record of the last props: it looks at the latest, needs enough of them, and tells drift from chance."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from propcast.forecast.rolling import LEVEL, WINDOW, rolling


def grades(pits: list[float | None], *, version: int = 1, first: int = 0) -> pl.DataFrame:
    """One prop a row, ten a day."""
    n = len(pits)
    return pl.DataFrame(
        {
            "batch_id": ["b"] * n,
            "prediction_id": [f"{first + k:05}" for k in range(n)],
            "settlement_version": [version] * n,
            "game_day": [date(2026, 1, 1) + timedelta(days=(first + k) // 10) for k in range(n)],
            "pit": pl.Series(pits, dtype=pl.Float64),
            "error": [0.5] * n,
            "log_score": [0.7] * n,
            "market_log_score": pl.Series([0.6 if k % 2 else None for k in range(n)], dtype=pl.Float64),
        }
    )


def inside(share: float, n: int = WINDOW) -> list[float | None]:
    """So large a share of the outcomes in the central 80 %."""
    return [0.5 if k < round(share * n) else 0.99 for k in range(n)]


@pytest.mark.parametrize(("share", "misses"), [(0.80, False), (0.74, False), (0.86, False), (0.70, True), (0.89, True)])
def test_a_share_far_from_its_target_is_a_miss_and_a_near_one_is_not(share: float, misses: bool) -> None:
    found = rolling(grades(inside(share)))
    assert found is not None
    assert (found.miss > 0) is misses
    assert found.miss <= abs(share - LEVEL)
    assert found.bias == 0.5
    assert found.log_loss_minus_market == pytest.approx(0.1)


def test_a_calibrated_forecast_hardly_ever_misses() -> None:
    rng = np.random.default_rng(7)
    found = [rolling(grades(rng.uniform(size=WINDOW).tolist())) for _ in range(400)]
    assert sum(each is not None and each.miss > 0 for each in found) <= 3


def test_only_the_latest_count_and_too_few_say_nothing() -> None:
    early, late = grades(inside(0.2)), grades(inside(0.8), first=WINDOW)
    found = rolling(pl.concat([late, early]))
    assert found is not None
    assert found.miss == 0.0
    assert rolling(grades(inside(0.8, WINDOW - 1))) is None
    assert rolling(grades([*inside(0.8, WINDOW - 1), None])) is None  # a void is no prop


def test_of_several_settlements_the_first_counts() -> None:
    found = rolling(pl.concat([grades(inside(0.2), version=2), grades(inside(0.8), version=1)]))
    assert found is not None
    assert found.miss == 0.0
