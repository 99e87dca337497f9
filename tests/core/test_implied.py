"""The mean that a line and a price imply, under each market's family."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.distributions import negative_binomial
from propcast.core.implied import by_market, dispersion, implied_mean, p_over_at, p_push_at
from propcast.core.markets import MARKETS, Market, market

every_market = pytest.mark.parametrize("of", list(MARKETS.values()), ids=list(MARKETS))


@every_market
@given(half=st.integers(1, 30), p=st.floats(0.03, 0.97))
def test_the_implied_mean_gives_the_probability_back(of: Market, half: int, p: float) -> None:
    line = np.array([half / 2])
    mean = implied_mean(of, line, np.array([p]))
    assert p_over_at(of, mean, line)[0] == pytest.approx(p, abs=1e-9)


@every_market
def test_a_likelier_over_implies_a_higher_mean(of: Market) -> None:
    chances = np.linspace(0.05, 0.95, 40)
    means = implied_mean(of, np.full(40, (of.line_range[0] + of.line_range[1]) // 2 + 0.5), chances)
    assert (np.diff(means) > 0).all()


@every_market
def test_probabilities_at_a_mean_are_those_of_the_family(of: Market) -> None:
    mean = np.array([of.line_range[1] / 3])
    counts = negative_binomial(mean, dispersion(of, mean), of.max_count)
    for line in (np.array([np.floor(mean[0])]), np.array([np.floor(mean[0]) + 0.5]), np.array([0.5])):
        over, push, under = counts.probabilities(np.array([0]), line)
        assert p_over_at(of, mean, line)[0] == pytest.approx((over / (over + under))[0], abs=1e-9)
        assert p_push_at(of, mean, line)[0] == pytest.approx(push[0], abs=1e-9)


def test_a_missing_or_certain_price_implies_nothing() -> None:
    p = np.array([np.nan, 0.0, 1.0, 0.5, 0.5])
    means = implied_mean(market("points"), np.array([20.5, 20.5, 20.5, np.nan, 20.5]), p)
    assert np.isnan(means).tolist() == [True, True, True, True, False]


def test_a_line_outside_the_support_implies_nothing() -> None:
    of = market("threes")
    assert np.isnan(implied_mean(of, np.array([-0.5, of.max_count + 0.5]), np.array([0.5, 0.5]))).all()


def test_an_even_price_at_a_half_line_implies_a_mean_above_the_line() -> None:
    """The distribution leans right, so its mean exceeds its median."""
    mean = implied_mean(market("points"), np.array([20.5]), np.array([0.5]))[0]
    assert 20.5 < mean < 22.5


def test_dispersion_is_linear_between_knots_and_flat_outside() -> None:
    of = market("pitcher_strikeouts")
    assert dispersion(of, np.array([0.1, 2.0, 3.5, 9.0, 20.0])) == pytest.approx([1.15, 1.15, 1.125, 1.08, 1.08])


def test_rows_of_several_markets_are_priced_under_their_own() -> None:
    names = pl.Series(["points", "assists", "points"])
    lines, means = pl.Series([20.5, 6.5, None]), pl.Series([20.0, 6.0, 20.0])
    priced = by_market(names, p_over_at, means, lines)
    assert priced[0] == pytest.approx(p_over_at(market("points"), np.array([20.0]), np.array([20.5]))[0])
    assert priced[1] == pytest.approx(p_over_at(market("assists"), np.array([6.0]), np.array([6.5]))[0])
    assert np.isnan(priced[2])
