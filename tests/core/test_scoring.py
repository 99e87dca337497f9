"""Scores, calibration and intervals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.distributions import negative_binomial, poisson
from propcast.core.errors import InputError
from propcast.core.scoring import (
    bootstrap_by_day,
    brier,
    calibration,
    crps,
    expected_calibration_error,
    interval_coverage,
    log_loss,
    pit,
)

NAN = math.nan


def test_crps_of_a_certain_forecast_is_its_distance() -> None:
    certain = np.eye(11)[[4, 4, 4, 4]]
    assert crps(certain, np.array([4.0, 7.0, 0.0, NAN])) == pytest.approx([0.0, 3.0, 4.0, NAN], nan_ok=True)


def test_crps_sums_the_squared_distance_of_the_distribution_functions() -> None:
    pmf = np.array([[0.2, 0.5, 0.3]])
    assert crps(pmf, np.array([1.0]))[0] == pytest.approx(0.2**2 + (0.7 - 1) ** 2)


@given(mean=st.floats(1.0, 20.0), ratio=st.floats(1.0, 4.0), off=st.floats(1.3, 2.0))
@settings(max_examples=30)
def test_the_true_distribution_scores_best_on_average(mean: float, ratio: float, off: float) -> None:
    counts = negative_binomial(np.array([mean, mean * off]), np.array([ratio, ratio]), 120)
    outcomes = np.arange(121.0)
    score = [float(counts.pmf[0] @ crps(np.repeat(counts.pmf[[i]], 121, axis=0), outcomes)) for i in (0, 1)]
    assert score[0] < score[1]


def test_pit_spreads_over_the_step_of_the_outcome() -> None:
    pmf = np.array([[0.2, 0.5, 0.3]] * 4)
    values = pit(pmf, np.array([1.0, 1.0, 0.0, NAN]), np.array([0.0, 1.0, 0.5, 0.5]))
    assert values == pytest.approx([0.2, 0.7, 0.1, NAN], nan_ok=True)


def test_pit_of_the_true_distribution_is_uniform_and_covers_what_it_says() -> None:
    rng = np.random.default_rng(7)
    counts = poisson(rng.uniform(2, 9, 20_000), 40)
    actual = (rng.random((20_000, 1)) > counts.cdf).sum(axis=1).astype(float)
    values = pit(counts.pmf, actual, rng.random(20_000))
    assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.015)
    assert interval_coverage(values, 0.8) == pytest.approx(0.8, abs=0.01)


def test_log_loss_and_brier_of_what_happened() -> None:
    p, happened = np.array([0.8, 0.8, 0.5]), np.array([1.0, 0.0, NAN])
    assert log_loss(p, happened) == pytest.approx([-math.log(0.8), -math.log(0.2), NAN], nan_ok=True)
    assert brier(p, happened) == pytest.approx([0.04, 0.64, NAN], nan_ok=True)


def test_a_probability_of_zero_for_what_happened_is_finite() -> None:
    assert np.isfinite(log_loss(np.array([0.0, 1.0]), np.array([1.0, 0.0]))).all()


def test_calibration_bins_hold_equal_mass_and_skip_missing_rows() -> None:
    p = np.append(np.linspace(0.01, 0.99, 150), NAN)
    table = calibration(p, np.append(np.zeros(150), 1.0))
    assert table.n.tolist() == [10] * 15
    assert (np.diff(table.mean_p) > 0).all()


def test_calibration_error_is_the_weighted_distance() -> None:
    p = np.array([0.2] * 10 + [0.7] * 10)
    happened = np.array([1.0] * 3 + [0.0] * 7 + [1.0] * 6 + [0.0] * 4)
    assert expected_calibration_error(p, happened, bins=2) == pytest.approx(0.1)
    assert math.isnan(expected_calibration_error(np.array([NAN]), np.array([1.0])))


def test_the_bootstrap_resamples_whole_days() -> None:
    """One value repeated through each of two days: rows as units would give a much narrower interval."""
    values, days = np.repeat([0.0, 1.0], 500), np.repeat([1, 2], 500)
    found = bootstrap_by_day(values, days, seed=1)
    assert (found.value, found.low, found.high, found.n) == (0.5, 0.0, 1.0, 1000)
    assert not found.excludes_zero


def test_a_clear_difference_excludes_zero_and_the_seed_decides_the_draws() -> None:
    rng = np.random.default_rng(3)
    values, days = rng.normal(-0.2, 0.5, 3000), np.repeat(np.arange(100), 30)
    first, again = (bootstrap_by_day(values, days, seed=5) for _ in range(2))
    assert first == again
    assert first.low < first.value < first.high < 0
    assert first.excludes_zero


def test_missing_values_do_not_count_and_nothing_gives_no_interval() -> None:
    assert bootstrap_by_day(np.array([1.0, NAN]), np.array([1, 2]), seed=1).n == 1
    assert math.isnan(bootstrap_by_day(np.array([NAN]), np.array([1]), seed=1).value)


def test_values_without_their_days_are_refused() -> None:
    with pytest.raises(InputError, match="2 values on 1 days"):
        bootstrap_by_day(np.array([1.0, 2.0]), np.array([1]), seed=1)
