"""Count distributions: known values, sums, pools, and rebuilding to the last bit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.distributions import (
    Distributions,
    empirical,
    mixture,
    negative_binomial,
    poisson,
    rebuild,
    tabulated,
)
from propcast.core.errors import InputError

ONE = np.array([0])


def at(counts: Distributions, line: float) -> tuple[float, float, float]:
    over, push, under = counts.probabilities(ONE, np.array([line]))
    return float(over[0]), float(push[0]), float(under[0])


def nb(mean: float, ratio: float, top: int = 110) -> Distributions:
    return negative_binomial(np.array([mean]), np.array([ratio]), top)


def test_a_negative_binomial_has_the_values_of_the_domain() -> None:
    counts = nb(20.0, 3.0)
    over, push, under = at(counts, 20.0)
    assert counts.mean[0] == pytest.approx(20.0)
    assert counts.sd[0] == pytest.approx(7.75, abs=0.005)
    assert counts.median[0] == 19.0
    assert over + push == pytest.approx(0.483, abs=0.0005)
    assert push == pytest.approx(0.051, abs=0.0005)
    assert over + push + under == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("ratio", "over"), [(1.0, 0.488), (1.25, 0.477), (1.4, 0.471)])
def test_over_a_small_line_depends_on_the_dispersion(ratio: float, over: float) -> None:
    """Trap: a Gaussian would say .517 here."""
    assert at(nb(5.6, ratio, 27), 5.5)[0] == pytest.approx(over, abs=0.0006)


def test_a_ratio_of_one_or_less_is_poisson() -> None:
    counts = negative_binomial(np.array([4.2, 4.2]), np.array([1.0005, 0.6]), 40)
    expected = [math.exp(-4.2) * 4.2**k / math.factorial(k) for k in range(20)]
    assert counts.pmf[0, :20] == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(counts.pmf[0], counts.pmf[1])
    assert np.array_equal(poisson(np.array([4.2]), 40).pmf[0], counts.pmf[0])


@given(
    mean=st.floats(0.0, 60.0),
    ratio=st.floats(0.5, 8.0),
    line=st.integers(0, 200).map(lambda k: k / 2),
    top=st.integers(20, 150),
)
def test_probabilities_are_shares_of_one(mean: float, ratio: float, line: float, top: int) -> None:
    counts = nb(mean, ratio, top)
    over, push, under = at(counts, line)
    assert counts.pmf.sum() == pytest.approx(1.0, abs=1e-9)
    assert over + push + under == pytest.approx(1.0, abs=1e-9)
    assert min(over, push, under) >= 0.0
    assert push == 0.0 or line == int(line)


@given(mean=st.floats(0.1, 40.0), ratio=st.floats(1.0, 6.0), q=st.floats(0.01, 0.99))
def test_a_quantile_is_the_first_count_that_reaches_it(mean: float, ratio: float, q: float) -> None:
    counts = nb(mean, ratio)
    k = int(counts.quantile(q)[0])
    assert counts.cdf[0, k] >= q - 1e-9
    assert k == 0 or counts.cdf[0, k - 1] < q


def test_a_missing_mean_stays_missing_everywhere() -> None:
    counts = negative_binomial(np.array([np.nan, 5.0, -1.0]), np.array([2.0, np.nan, 2.0]), 30)
    assert counts.params == (None, None, None)
    for values in (counts.mean, counts.sd, counts.median, *counts.probabilities(np.arange(3), np.full(3, 4.5))):
        assert np.isnan(values).all()


def test_no_line_has_no_probabilities() -> None:
    assert all(math.isnan(p) for p in at(nb(20.0, 3.0), math.nan))


def test_the_tail_beyond_the_support_is_kept_in_the_last_cell() -> None:
    counts = nb(30.0, 3.0, 20)
    assert counts.pmf.sum() == pytest.approx(1.0)
    assert counts.pmf[0, -1] > 0.8


@given(
    means=st.lists(st.floats(1.0, 30.0), min_size=2, max_size=5),
    weights=st.lists(st.floats(0.05, 1.0), min_size=5, max_size=5),
)
def test_the_mean_of_a_pool_is_the_weighted_mean(means: list[float], weights: list[float]) -> None:
    """Trap: weights that sum to .8 pull every pooled mean down by a fifth."""
    share = np.array(weights[: len(means)])
    pool = mixture([nb(m, 2.0, 150) for m in means], share)
    assert pool.mean[0] == pytest.approx(np.average(means, weights=share), rel=1e-6)
    assert pool.pmf.sum() == pytest.approx(1.0)


def test_a_pool_renormalises_over_the_members_that_forecast() -> None:
    first = negative_binomial(np.array([10.0, np.nan, np.nan]), np.full(3, 2.0), 60)
    second = negative_binomial(np.array([20.0, 20.0, np.nan]), np.full(3, 2.0), 60)
    pool = mixture([first, second], np.array([0.5, 0.3]))
    assert pool.mean[:2] == pytest.approx([(10 * 0.5 + 20 * 0.3) / 0.8, 20.0])
    assert np.isnan(pool.mean[2])
    assert pool.params[2] is None


def test_a_pool_refuses_negative_weights() -> None:
    with pytest.raises(InputError, match="weights of 0 or more"):
        mixture([nb(3.0, 2.0), nb(4.0, 2.0)], np.array([1.2, -0.2]))


def test_weighted_outcomes_become_counts_and_keep_their_mean() -> None:
    counts = empirical(np.array([0, 0, 0, 2]), np.array([3.25, 7.0, -2.0, 50.0]), np.array([2.0, 1, 1, 5]), 3, 20)
    assert counts.mean[0] == pytest.approx((2 * 3.25 + 7.0 + 0.0) / 4, abs=1e-5)
    assert counts.pmf[0, [0, 3, 4, 7]] == pytest.approx([0.25, 0.375, 0.125, 0.25], abs=1e-6)
    assert np.isnan(counts.pmf[1]).all()
    assert counts.pmf[2, 20] == 1.0


def test_every_family_is_rebuilt_from_its_parameters_exactly() -> None:
    means = np.array([3.3, np.nan, 17.123456789])
    members = [
        negative_binomial(means, np.array([1.0, 2.0, 3.3]), 60),
        poisson(np.array([4.0, np.nan, 20.0]), 60),
        tabulated(np.random.default_rng(1).random((3, 61))),
    ]
    pool = mixture([*members, mixture(members[:2], np.array([0.7, 0.3]))], np.array([0.2, 0.3, 0.1, 0.4]))
    for counts in (*members, pool):
        again = rebuild(counts.family, counts.params, 60)
        assert np.allclose(again.pmf, counts.pmf, rtol=0, atol=1e-12, equal_nan=True)
        assert again.params == counts.params


def test_rows_are_taken_in_the_order_asked() -> None:
    counts = negative_binomial(np.array([3.0, 9.0]), np.full(2, 2.0), 60).take(np.array([1, 0, 1]))
    assert counts.mean == pytest.approx([9.0, 3.0, 9.0])
    assert len(counts) == len(counts.params) == 3


def test_an_unknown_family_is_refused_with_a_suggestion() -> None:
    with pytest.raises(InputError, match="did you mean 'poisson'"):
        rebuild("poison", ['{"mean":1}'], 10)
