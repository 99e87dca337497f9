"""Closing line value against the consensus close."""

from typing import Any

import numpy as np
import pytest

from propcast.core.implied import p_over_at
from propcast.core.markets import market
from propcast.core.settlement import settle
from tests.core.builders import (
    Row,
    close,
    closes,
    decision,
    decisions,
    prediction,
    predictions,
    result,
    results,
)


def closing_value(taken: str, at: Row, **changes: Any) -> Row:
    found = settle(predictions(prediction(**changes)), decisions(decision(taken)), results(result()), closes(at))
    return found.select("clv_prob", "clv_price", "clv_line").row(0, named=True)


def p_close(mean: float, line: float) -> float:
    return float(p_over_at(market("points"), np.array([mean]), np.array([line]))[0])


def test_an_over_gains_when_the_line_rises() -> None:
    value = closing_value("OVER", close(line=22.5, mean=23.0), p_market=0.5)
    p = p_close(23.0, 20.5)
    assert value["clv_prob"] == pytest.approx(p - 0.5)
    assert value["clv_price"] == pytest.approx(p * 100 / 110 - (1 - p))
    assert value["clv_line"] == 2.0


def test_an_under_gains_when_the_line_falls() -> None:
    value = closing_value("UNDER", close(line=18.5, mean=19.0), p_market=0.5)
    p = 1 - p_close(19.0, 20.5)
    assert value["clv_prob"] == pytest.approx(p - 0.5)
    assert value["clv_price"] == pytest.approx(p * 100 / 110 - (1 - p))
    assert value["clv_line"] == 2.0


def test_a_push_takes_part_in_the_value_of_the_price() -> None:
    value = closing_value("OVER", close(line=20.0, mean=21.0), line=20.0)
    p = p_close(21.0, 20.0)
    without_push = p * 100 / 110 - (1 - p)
    assert 0.9 < value["clv_price"] / without_push < 0.97


@pytest.mark.proves("L38")
@pytest.mark.parametrize(
    "at", [close(is_true_close=False, lead_s=1000.0), close(book="alpha"), close(market="assists")]
)
def test_without_a_true_consensus_close_there_is_no_value(at: Row) -> None:
    assert set(closing_value("OVER", at).values()) == {None}


@pytest.mark.parametrize("taken", ["PASS", "NO_LINE"])
def test_what_is_no_bet_has_no_closing_value(taken: str) -> None:
    assert set(closing_value(taken, close()).values()) == {None}
