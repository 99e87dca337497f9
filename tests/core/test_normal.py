"""The standard normal distribution, against SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from propcast.core.normal import normal_cdf, normal_quantile


@given(st.lists(st.floats(-37.0, 8.0), min_size=1))
def test_the_distribution_function_is_exact_far_into_the_tail(x: list[float]) -> None:
    assert normal_cdf(np.array(x)) == pytest.approx(ndtr(x), rel=1e-12)


@given(st.lists(st.floats(1e-300, 1.0, exclude_max=True), min_size=1))
def test_the_quantile_is_exact(p: list[float]) -> None:
    assert normal_quantile(np.array(p)) == pytest.approx(ndtri(p), rel=1e-12, abs=1e-15)


def test_ends_are_infinite_and_what_is_no_probability_has_no_quantile() -> None:
    found = normal_quantile(np.array([0.0, 1.0, -0.1, 1.1, np.nan, 0.5]))
    assert found[:2].tolist() == [-np.inf, np.inf]
    assert np.isnan(found[2:5]).all()
    assert found[5] == 0


def test_shapes_are_kept_and_repeats_answered_alike() -> None:
    x = np.array([[0.0, 1.0, np.nan], [1.0, np.nan, -2.0]])
    found = normal_cdf(x)
    assert found.shape == (2, 3)
    assert found[0, 1] == found[1, 0]
    assert np.isnan(found[0, 2])
    assert np.isnan(found[1, 1])
    assert normal_cdf(np.empty((0, 4))).shape == (0, 4)
