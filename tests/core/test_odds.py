"""Odds and devig: the check table of the domain, and what any fair probability must obey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.arrays import FloatArray
from propcast.core.errors import InputError
from propcast.core.odds import (
    DevigMethod,
    american_odds,
    decimal_odds,
    devig,
    hold,
    implied_probability,
    parse_american,
)

CHECKS = [  # favourite, other, Q, hold, multiplicative, additive = Shin, power, probit
    (-110, -110, 1.04762, 0.04545, 50.00, 50.00, 50.00, 50.00),
    (-115, -105, 1.04708, 0.04496, 51.08, 51.13, 51.16, 51.14),
    (-130, 100, 1.06522, 0.06122, 53.06, 53.26, 53.37, 53.27),
    (-175, 135, 1.06190, 0.05829, 59.93, 60.54, 60.87, 60.57),
    (-250, 190, 1.05911, 0.05581, 67.44, 68.47, 69.04, 68.53),
]
METHODS = list(DevigMethod)

american = st.one_of(st.integers(-2000, -100), st.integers(100, 2000))


def implied(over: float, under: float) -> tuple[FloatArray, FloatArray]:
    return implied_probability(np.array([float(over)])), implied_probability(np.array([float(under)]))


@pytest.mark.parametrize("row", CHECKS)
def test_devig_reproduces_the_check_table(row: tuple[float, ...]) -> None:
    over, under = implied(row[0], row[1])
    fair = [100 * devig(over, under, method)[0] for method in METHODS]
    multiplicative, additive, power, probit = row[4:]
    assert (over + under)[0] == pytest.approx(row[2], abs=5e-6)
    assert hold(over, under)[0] == pytest.approx(row[3], abs=1e-5)
    assert fair == pytest.approx([multiplicative, additive, power, additive, probit], abs=0.0051)


@pytest.mark.proves("L39")
@pytest.mark.parametrize("method", METHODS)
@given(over=american, under=american)
def test_a_mirrored_quote_has_the_mirrored_probability(method: DevigMethod, over: int, under: int) -> None:
    there, back = (devig(a, b, method)[0] for a, b in (implied(over, under), implied(under, over)))
    if np.isnan(there):
        assert np.isnan(back)
    else:
        assert there + back == pytest.approx(1.0, abs=1e-9)
        assert 0.0 <= there <= 1.0


@pytest.mark.parametrize("method", METHODS)
@given(over=st.floats(0.06, 0.93), under=st.floats(0.06, 0.93), more=st.floats(0.001, 0.05))
def test_a_dearer_over_is_a_likelier_over(method: DevigMethod, over: float, under: float, more: float) -> None:
    low, high = devig(np.array([over, over + more]), np.array([under, under]), method)
    assert np.isnan(low) or np.isnan(high) or high > low


@pytest.mark.parametrize("method", METHODS)
def test_crossed_one_sided_and_impossible_quotes_have_no_fair_probability(method: DevigMethod) -> None:
    over = np.array([0.48, 0.50, np.nan, 0.60, 1.20])
    under = np.array([0.50, 0.50, 0.55, np.nan, 0.40])
    assert np.isnan(devig(over, under, method)).all()


def test_shin_equals_additive_for_two_outcomes() -> None:
    over, under = np.array([0.30, 0.55, 0.71]), np.array([0.75, 0.50, 0.36])
    assert devig(over, under, DevigMethod.SHIN) == pytest.approx(devig(over, under, DevigMethod.ADDITIVE), abs=1e-12)


def test_american_prices_turn_into_what_a_unit_pays_back() -> None:
    decimal = decimal_odds(np.array([-110.0, 135.0, 100.0, -100.0]))
    assert decimal == pytest.approx([1 + 100 / 110, 2.35, 2.0, 2.0])
    assert implied_probability(np.array([-110.0]))[0] == pytest.approx(0.5238, abs=5e-5)


@pytest.mark.parametrize("price", [0.0, 1.0, -1.0, 99.0, -99.0, np.nan])
def test_what_is_no_american_price_has_no_odds(price: float) -> None:
    assert np.isnan(decimal_odds(np.array([price]))).all()


@given(price=american)
def test_american_odds_survive_the_way_through_decimal(price: int) -> None:
    expected = 100.0 if price == -100 else float(price)
    assert american_odds(decimal_odds(np.array([float(price)])))[0] == pytest.approx(expected)


@pytest.mark.parametrize(("text", "price"), [("-110", -110), (" +135 ", 135), ("−120", -120), ("100", 100)])
def test_an_american_price_is_read(text: str, price: int) -> None:
    assert parse_american(text) == price


@pytest.mark.parametrize("text", ["0", "99", "-5", "1.91", "even", ""])
def test_no_american_price_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InputError, match="is not an American price"):
        parse_american(text)
