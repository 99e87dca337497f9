"""Expected value, fair price and Kelly: the check values of the domain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.odds import decimal_odds
from propcast.core.value import expected_value, fair_decimal, kelly


@pytest.mark.parametrize(
    ("p_win", "p_lose", "price", "ev", "fraction"),
    [(0.55, 0.45, -110, 0.050, 0.055), (0.50, 0.40, -110, 0.0545, 0.0667), (0.56, 0.44, -120, 0.0267, 0.0320)],
)
def test_check_values(p_win: float, p_lose: float, price: int, ev: float, fraction: float) -> None:
    win, lose, decimal = np.array([p_win]), np.array([p_lose]), decimal_odds(np.array([float(price)]))
    assert expected_value(win, lose, decimal)[0] == pytest.approx(ev, abs=5e-5)
    assert kelly(win, lose, decimal)[0] == pytest.approx(fraction, abs=5e-5)


@given(p_win=st.floats(0.01, 0.98), push=st.floats(0.0, 0.3))
def test_a_bet_at_its_fair_price_is_worth_nothing(p_win: float, push: float) -> None:
    win, lose = np.array([p_win * (1 - push)]), np.array([(1 - p_win) * (1 - push)])
    fair = fair_decimal(win, lose)
    assert expected_value(win, lose, fair)[0] == pytest.approx(0.0, abs=1e-9)
    assert kelly(win, lose, fair)[0] == pytest.approx(0.0, abs=1e-9)


def test_a_losing_bet_has_no_kelly_stake() -> None:
    assert kelly(np.array([0.5]), np.array([0.5]), np.array([1.9])) == [0.0]


def test_what_is_unknown_has_no_value() -> None:
    missing, half = np.array([np.nan]), np.array([0.5])
    assert np.isnan(expected_value(half, half, missing)).all()
    assert np.isnan(kelly(missing, half, np.array([1.9]))).all()
    assert np.isnan(fair_decimal(np.array([0.0]), half)).all()
