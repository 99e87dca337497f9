"""Counts by mean and variance/mean, against SciPy's distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from propcast.core.counts import around, p_none, up_to

means, counts = st.floats(0.01, 90.0), st.integers(0, 90)


@given(mean=means, excess=st.floats(0.001, 3.0), count=counts)
def test_at_most_a_count_is_the_negative_binomial_distribution_function(mean: float, excess: float, count: int) -> None:
    expected = nbinom.cdf(count, mean / excess, 1.0 / (1.0 + excess))
    below, at_most = around(np.array([mean]), np.array([1.0 + excess]), np.array([float(count)]))
    assert at_most[0] == pytest.approx(expected, abs=1e-11)
    assert below[0] == pytest.approx(nbinom.cdf(count - 1, mean / excess, 1.0 / (1.0 + excess)), abs=1e-11)


@given(mean=means, count=counts)
def test_without_excess_it_is_poisson(mean: float, count: int) -> None:
    one = np.ones(1)
    assert around(np.array([mean]), one, one * count)[1][0] == pytest.approx(poisson.cdf(count, mean), abs=1e-13)
    assert p_none(np.array([mean]), one)[0] == pytest.approx(np.exp(-mean))
    assert up_to(np.array([mean]), one, 90)[0] == pytest.approx(poisson.pmf(range(91), mean), abs=1e-13)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    mean, ratio, count = np.array([3.0, 20.0, 7.5]), np.array([1.0, 1.4, 1.1]), np.array([0.0, 33.0, 5.0])
    together = np.stack(around(mean, ratio, count), axis=1)
    alone = [np.stack(around(mean[[i]], ratio[[i]], count[[i]]), axis=1)[0] for i in range(3)]
    assert together.tolist() == [row.tolist() for row in alone]


def test_nothing_lies_below_none_and_what_is_missing_stays_missing() -> None:
    mean, count = np.array([5.0, np.nan, 5.0]), np.array([-1.0, 2.0, np.nan])
    for found in around(mean, np.full(3, 1.2), count):
        assert found[0] == 0
        assert np.isnan(found[1:]).all()
    assert around(np.empty(0), np.empty(0), np.empty(0))[0].size == 0
