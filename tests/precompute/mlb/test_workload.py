"""The distribution of batters faced keeps its promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.precompute.mlb.workload import EARLY_EXIT_BATTERS, MAX_BATTERS, batters_faced_pmf, survival


@given(st.floats(3, 30))
def test_it_is_a_distribution_over_0_to_36_batters(projected: float) -> None:
    pmf = batters_faced_pmf(np.array([projected]))
    assert pmf.shape == (1, MAX_BATTERS + 1)
    assert pmf.sum() == pytest.approx(1, abs=1e-12)
    assert (pmf >= 0).all()


@given(st.floats(14, 26))
def test_its_mean_is_the_projection(projected: float) -> None:
    pmf = batters_faced_pmf(np.array([projected]))[0]
    assert pmf @ np.arange(MAX_BATTERS + 1) == pytest.approx(projected, abs=0.05)


def test_its_spread_is_that_of_a_pitchers_own_starts_and_an_early_exit() -> None:
    pmf, batters = batters_faced_pmf(np.array([22.0]))[0], np.arange(MAX_BATTERS + 1)
    sd = np.sqrt(pmf @ batters**2 - (pmf @ batters) ** 2)
    assert 4.0 < sd < 4.8  # 22.0 ± 4.4 over all starters of 2025
    assert 0.02 < pmf[: EARLY_EXIT_BATTERS + 1].sum() < 0.04


def test_survival_starts_near_one_never_rises_and_adds_up_to_the_mean() -> None:
    reached = survival(batters_faced_pmf(np.array([22.0])))[0]
    assert reached[0] == pytest.approx(1, abs=1e-6)
    assert (np.diff(reached) <= 1e-15).all()
    assert reached.sum() == pytest.approx(22, abs=0.02)


@pytest.mark.proves("L40")
def test_no_projection_gives_no_distribution() -> None:
    assert np.isnan(batters_faced_pmf(np.array([np.nan]))).any()
