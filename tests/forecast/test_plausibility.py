"""The plausibility gate: too good is a leak until proven otherwise."""

import numpy as np
import polars as pl
import pytest

from propcast.core.markets import Market
from propcast.forecast.plausibility import suspicions
from tests.forecast.slates import POINTS, STRIKEOUTS


def lined(error: float, n: int = 400, spread: float = 6.0, p_raw: float = 0.5) -> pl.DataFrame:
    """Rows whose median misses by `error`; half went over."""
    actual = 15 + spread * np.tile([-1.0, 1.0], n // 2)
    over = np.tile([0.0, 1.0], n // 2)
    return pl.DataFrame({
        "actual": actual,
        "median": actual + error,
        "mean": actual + error,
        "over": over,
        "p_raw": np.where(over == 1, p_raw, 1 - p_raw),
        "p_final": np.full(n, 0.5),
        "p_market": np.full(n, 0.5),
    })  # fmt: skip


@pytest.mark.proves("L35")
@pytest.mark.parametrize(("market", "error", "suspected"), [
    (POINTS, 4.2, True), (POINTS, 4.4, False), (STRIKEOUTS, 1.5, True), (STRIKEOUTS, 2.1, False),
])  # fmt: skip
def test_an_error_below_the_noise_floor_is_suspected(market: Market, error: float, suspected: bool) -> None:
    found = suspicions(market, "x", lined(error, spread=2.0))
    assert ("MAE" in {s.measure for s in found}) is suspected


@pytest.mark.proves("L35")
def test_strikeouts_explained_too_well_are_suspected() -> None:
    assert "R²" in {s.measure for s in suspicions(STRIKEOUTS, "x", lined(1.7, spread=6.0))}
    assert suspicions(STRIKEOUTS, "x", lined(1.7, spread=1.7)) == []


@pytest.mark.proves("L35")
@pytest.mark.parametrize(("p_raw", "suspected"), [(0.52, True), (0.504, False)])
def test_a_log_loss_far_below_the_markets_is_suspected(p_raw: float, suspected: bool) -> None:
    found = suspicions(POINTS, "x", lined(6.0, p_raw=p_raw))
    assert ("log loss below the market's" in {s.measure for s in found}) is suspected


def test_few_rows_prove_nothing() -> None:
    assert suspicions(POINTS, "x", lined(0.0, n=100)) == []


def test_a_suspicion_says_what_and_what_to_do() -> None:
    text = str(suspicions(POINTS, "similarity", lined(4.0))[0])
    assert text == "similarity: MAE is 4.0000, beyond 4.3: find the leak before promotion"
