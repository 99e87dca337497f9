"""Metrics of scored rows, by hand where a hand suffices."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from propcast.forecast.metrics import (
    Metric,
    bet_metrics,
    hypothetical_bets,
    line_metrics,
    pit_histogram,
    point_metrics,
    tier_table,
)

DAY = date(2025, 1, 1)


def scored(**columns: list[float | None]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    default: dict[str, list[float | None]] = {
        "actual": [10.0] * n, "mean": [10.0] * n, "median": [10.0] * n, "crps": [1.0] * n, "pit": [0.5] * n,
        "line": [9.5] * n, "p_raw": [0.5] * n, "p_final": [0.5] * n, "p_market": [0.5] * n, "over": [1.0] * n,
        "over_odds": [1.9] * n, "under_odds": [1.9] * n,
    }  # fmt: skip
    frame = pl.DataFrame({**default, **columns}, schema_overrides=dict.fromkeys(default, pl.Float64))
    return frame.with_columns(pl.Series("game_day", [DAY + timedelta(days=i % 5) for i in range(n)]))


def named(metrics: list[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


def test_mae_is_by_median_and_bias_and_rmse_by_mean() -> None:
    found = named(point_metrics(scored(actual=[10, 10], median=[7, 11], mean=[9, 13])))
    assert found["mae"].value == 2.0
    assert found["bias"].value == 1.0
    assert found["rmse"].value == pytest.approx(np.sqrt(5))
    assert found["mae"].n == 2


def test_bias_by_tier_of_the_predicted_mean() -> None:
    means = [1.0, 2.0, 3.0, 4.0, 11.0, 12.0, 13.0, 14.0]
    found = named(point_metrics(scored(mean=[*means], actual=[m - (1 if m < 10 else -2) for m in means])))
    assert [found[f"bias_tier_{i}"].value for i in (1, 2, 3, 4)] == [1.0, 1.0, -2.0, -2.0]


def test_coverage_is_the_share_of_pit_inside_the_central_interval() -> None:
    found = named(point_metrics(scored(pit=[0.02, 0.2, 0.5, 0.93])))
    assert found["coverage_80"].value == 0.5
    assert found["coverage_50"].value == 0.25
    assert found["coverage_90"].value == 0.75


def test_nothing_to_score_gives_no_number_and_no_warning() -> None:
    found = named(point_metrics(scored(actual=[1.0]).clear()))
    assert np.isnan(found["mae"].value)
    assert found["mae"].n == 0
    assert line_metrics(scored(actual=[1.0]).clear()) == []


def test_ours_and_the_markets_log_loss_stand_on_the_same_rows() -> None:
    rows = scored(p_raw=[0.8, 0.8, None], p_market=[0.5, None, 0.5], p_final=[0.6, 0.6, 0.6], over=[1.0, 1.0, 1.0])
    found = named(line_metrics(rows))
    assert {m.n for m in found.values()} == {1}
    assert found["log_loss_raw"].value == pytest.approx(-np.log(0.8))
    assert found["log_loss_final_minus_market"].value == pytest.approx(np.log(0.5) - np.log(0.6))


def test_a_push_is_neither_over_nor_under() -> None:
    assert line_metrics(scored(over=[None, None])) == []
    assert hypothetical_bets(scored(over=[None], p_raw=[0.7])).is_empty()


@pytest.mark.parametrize(("p_raw", "over", "profit"), [
    (0.7, 1.0, 0.9), (0.7, 0.0, -1.0), (0.3, 0.0, 1.1), (0.3, 1.0, -1.0),
])  # fmt: skip
def test_a_bet_takes_the_side_of_the_edge_at_that_sides_price(p_raw: float, over: float, profit: float) -> None:
    bet = hypothetical_bets(scored(p_raw=[p_raw], over=[over], under_odds=[2.1], p_market=[0.55])).row(0, named=True)
    assert bet["profit"] == pytest.approx(profit)
    assert bet["edge"] == pytest.approx(abs(p_raw - 0.55))
    assert bet["p_side"] == pytest.approx(0.55 if p_raw > 0.55 else 0.45)


def test_a_hit_rate_stands_beside_the_markets_own_probability() -> None:
    found = named(bet_metrics(scored(p_raw=[0.53, 0.7, 0.7, 0.7], over=[1.0, 1.0, 1.0, 0.0])))
    assert (found["hit_rate_edge_2"].n, found["hit_rate_edge_10"].n) == (1, 3)
    assert found["hit_rate_edge_10"].value == pytest.approx(2 / 3)
    assert found["market_p_edge_10"].value == 0.5
    assert found["roi_edge_10"].value == pytest.approx((0.9 + 0.9 - 1) / 3)


def test_tiers_hold_every_row_once() -> None:
    table = tier_table(scored(mean=[float(i) for i in range(10)]))
    assert table["n"].sum() == 10
    assert table["mean"].is_sorted()


def test_the_pit_histogram_counts_every_row() -> None:
    assert pit_histogram(scored(pit=[0.0, 0.01, 0.99, 1.0]))[0] == 2
    assert sum(pit_histogram(scored(pit=[0.0, 0.01, 0.99, 1.0]))) == 4
