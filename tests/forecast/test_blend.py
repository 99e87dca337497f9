"""The blend with the market, in log-odds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import InputError
from propcast.forecast.blend import Uncalibrated, blended

chances = st.floats(0.01, 0.99)


@given(chances, chances, st.floats(0, 1))
def test_it_lies_between_the_market_and_the_calibrated_probability(market: float, own: float, weight: float) -> None:
    p = blended(np.array([market]), np.array([own]), weight)[0]
    assert min(market, own) - 1e-9 <= p <= max(market, own) + 1e-9


def test_the_ends_are_the_market_and_the_calibrated_probability() -> None:
    market, own = np.array([0.5, 0.6]), np.array([0.7, 0.2])
    assert blended(market, own, 0.0) == pytest.approx(market)
    assert blended(market, own, 1.0) == pytest.approx(own)


def test_half_way_in_log_odds() -> None:
    assert blended(np.array([0.5]), np.array([0.9]), 0.5) == pytest.approx([0.75])


def test_weight_zero_needs_no_calibration_and_any_weight_needs_a_market() -> None:
    nothing = Uncalibrated().calibrated(np.array([0.4]))
    assert np.isnan(nothing).all()
    assert blended(np.array([0.55]), nothing, 0.0) == pytest.approx([0.55])
    assert np.isnan(blended(np.array([np.nan]), np.array([0.4]), 0.5)).all()


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_outside_0_to_1_is_refused(weight: float) -> None:
    with pytest.raises(InputError, match="0–1"):
        blended(np.array([0.5]), np.array([0.5]), weight)
