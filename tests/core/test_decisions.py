"""Decisions: every gate, every cap, and a reason for everything that is not bet."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from propcast.core.decisions import DEFAULT_POLICY, decide
from propcast.tables.contract import split
from propcast.tables.forecasts import DECISIONS
from tests.core.builders import START, Row, minutes_before, prediction, predictions

KELLY_56 = 0.56 - 0.44 / (100 / 110)


def decided(*rows: Row) -> pl.DataFrame:
    found = decide(predictions(*rows))
    assert split(DECISIONS, DECISIONS.conform(found)).bad.is_empty()
    return found


def one(**changes: Any) -> Row:
    return decided(prediction(**changes)).row(0, named=True)


def test_a_good_bet_is_taken_with_a_quarter_of_kelly() -> None:
    bet = one()
    assert (bet["decision"], bet["book"], bet["quote_id"], bet["price"], bet["reasons"]) == (
        "OVER",
        "alpha",
        "qo",
        -110,
        [],
    )
    assert bet["ev"] == pytest.approx(0.56 * 100 / 110 - 0.44)
    assert bet["edge"] == pytest.approx(0.06)
    assert bet["kelly_fraction"] == pytest.approx(KELLY_56)
    assert bet["stake"] == pytest.approx(KELLY_56 / 4)
    assert bet["policy_version"] == DEFAULT_POLICY.version


def test_a_value_that_is_lost_in_rounding_is_none_whatever_the_policy() -> None:
    """Otherwise a bet of nothing would stand without a reason, and stop the whole slate."""
    eager = replace(DEFAULT_POLICY, min_ev=-1.0, min_edge=-1.0)
    for tiny in (1e-16, 1e-12, 1e-10):
        row = decide(predictions(prediction(p_over=110 / 210 + tiny)), eager)
        assert split(DECISIONS, DECISIONS.conform(row)).bad.is_empty()
        assert row["decision"].item() == "PASS"
        assert "EV_TOO_SMALL" in row["reasons"].item()


def test_the_side_of_larger_expected_value_is_taken() -> None:
    bet = one(p_over=0.44)
    assert (bet["decision"], bet["book"], bet["quote_id"]) == ("UNDER", "beta", "qu")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p_over": 0.53}, "EV_TOO_SMALL"),
        ({"p_over": 0.56, "p_market": 0.55}, "EDGE_TOO_SMALL"),
        ({"p_over": 0.56, "p_market": 0.60}, "EDGE_TOO_SMALL"),
        ({"p_market": None}, "EDGE_TOO_SMALL"),
        ({"over_price": 205, "line": 24.5}, "PRICE_OUT_OF_RANGE"),
        ({"p_over": 0.80, "p_market": 0.7, "over_price": -260}, "PRICE_OUT_OF_RANGE"),
        ({"n_books": 1}, "TOO_FEW_BOOKS"),
        ({"n_books": 0, "over_price": None, "under_price": None}, "DFS_ONLY"),
        ({"over_price": None, "under_price": None}, "DFS_ONLY"),
        ({"p_plays": 0.84}, "PLAYER_DOUBTFUL"),
        ({"p_plays": None}, "STATUS_NOT_SUBMITTED"),
        ({"as_of": minutes_before(4.9)}, "TOO_LATE"),
        ({"as_of": START}, "GAME_STARTED"),
        ({"starts_at": None}, "START_TIME_UNKNOWN"),
        ({"line": 45.5}, "IMPLAUSIBLE_MEAN"),
        ({"p_over": None}, "NOT_CALIBRATED"),
    ],
)
def test_each_gate_passes_with_its_own_reason(changes: Row, reason: str) -> None:
    passed = one(**changes) if "as_of" not in changes or changes["as_of"] != START else _without_check(**changes)
    assert passed["decision"] == "PASS"
    assert reason in passed["reasons"]
    assert passed["stake"] == 0.0


def _without_check(**changes: Any) -> Row:
    return decide(predictions(prediction(**changes))).row(0, named=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"p_plays": 0.85},
        {"as_of": minutes_before(5)},
        {"n_books": 2},
        {"over_price": 200, "p_over": 0.4, "p_market": 0.35},
    ],
)
def test_gates_are_inclusive(changes: Row) -> None:
    assert one(**changes)["decision"] == "OVER"


def test_a_confirmed_starter_needs_no_chance_to_play() -> None:
    assert one(sport="mlb", market="pitcher_strikeouts", p_plays=None)["decision"] == "OVER"


def test_every_failing_gate_is_named() -> None:
    assert one(p_over=0.50, n_books=1, p_plays=0.5)["reasons"] == [
        "PLAYER_DOUBTFUL",
        "TOO_FEW_BOOKS",
        "EV_TOO_SMALL",
        "EDGE_TOO_SMALL",
    ]


def test_a_blend_that_equals_the_market_never_bets() -> None:
    assert one(p_over=0.6, p_market=0.6)["reasons"] == ["EDGE_TOO_SMALL"]


@pytest.mark.proves("L37")
def test_without_a_line_there_is_no_bet_and_the_distribution_stays() -> None:
    row = one(
        line=None, p_over=None, p_market=None, status="no_line", reasons=["NO_LINE"], over_price=None, under_price=None
    )
    assert (row["decision"], row["reasons"], row["stake"]) == ("NO_LINE", ["NO_LINE"], 0.0)


def test_who_abstains_passes_with_his_own_reasons() -> None:
    row = one(status="abstained", reasons=["INSUFFICIENT_HISTORY"], p_over=None, mean=None, sd=None)
    assert (row["decision"], row["reasons"]) == ("PASS", ["INSUFFICIENT_HISTORY"])


def test_a_push_shrinks_neither_edge_nor_kelly() -> None:
    """Edge is given no push, like the market's devigged probability."""
    row = one(line=20.0, p_over=0.50, p_push_blended=0.10, p_under_blended=0.40)
    assert row["edge"] == pytest.approx(0.50 / 0.90 - 0.5)
    assert row["kelly_fraction"] == pytest.approx(0.0667, abs=5e-5)


def test_a_bet_is_capped_at_two_percent() -> None:
    assert one(p_over=0.75, p_market=0.6)["stake"] == 0.02


def many(n: int, *, event: str | None = None, p_over: float = 0.75, **other: Any) -> list[Row]:
    return [
        prediction(
            p_over,
            0.6,
            prediction_id=f"{other.get('system', 's')}{i:02d}",
            participant_id=f"nba:{i}",
            event_id=event or f"nba:{i}",
            **other,
        )
        for i in range(n)
    ]


def test_a_game_is_capped_at_four_percent_the_best_bets_first() -> None:
    rows = many(3, event="nba:g")
    rows[1] |= {"p_over_blended": 0.65, "p_under_blended": 0.35}
    found = decided(*rows)
    assert found["stake"].to_list() == [0.02, 0.0, 0.02]
    assert found["decision"].to_list() == ["OVER", "PASS", "OVER"]
    assert found["reasons"].to_list() == [[], ["EXPOSURE_CAP"], []]


def test_a_slate_is_capped_at_fifteen_percent() -> None:
    found = decided(*many(9))
    assert found["stake"].sum() == pytest.approx(0.15)
    assert Counter(found["stake"].to_list()) == {0.02: 7, 0.01: 1, 0.0: 1}


def test_caps_are_each_systems_own() -> None:
    found = decided(*many(9), *many(9, system="other"))
    assert found.group_by("system").agg(pl.col("stake").sum())["stake"].to_list() == pytest.approx([0.15, 0.15])


def test_a_system_takes_one_side_per_participant_and_market() -> None:
    low = prediction(0.62, 0.5, prediction_id="low", line=18.5)
    high = prediction(0.40, 0.5, prediction_id="high", line=22.5)
    found = decided(low, high)
    assert found["decision"].to_list() == ["OVER", "PASS"]
    assert found["reasons"].to_list() == [[], ["CORRELATED_BET"]]


chances = st.floats(0.05, 0.95)


@settings(max_examples=50)
@example(p=0.5, market=0.25, over=-100, under=-100)
@given(p=chances, market=chances, over=st.integers(-400, -100), under=st.integers(-400, -100))
@pytest.mark.proves("L39")
def test_mirrored_quotes_get_the_mirrored_decision(p: float, market: float, over: int, under: int) -> None:
    """A bias to one side would show here."""
    there = one(p_over=p, p_market=market, over_price=over, under_price=under)
    back = one(p_over=1 - p, p_market=1 - market, over_price=under, under_price=over)
    mirror = {"OVER": "UNDER", "UNDER": "OVER", "PASS": "PASS"}
    assert back["decision"] == mirror[there["decision"]]
    assert back["stake"] == pytest.approx(there["stake"], abs=1e-8)
    assert back["reasons"] == there["reasons"]


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(chances, chances, st.sampled_from([-150, -110, 120]), st.integers(0, 3), st.integers(0, 2)),
        max_size=25,
    )
)
def test_whatever_is_offered_stakes_stay_within_the_policy(rows: list[tuple[float, float, int, int, int]]) -> None:
    made = [
        prediction(
            p, m, prediction_id=f"p{i:02d}", over_price=price, participant_id=f"nba:{who}", event_id=f"nba:{game}"
        )
        for i, (p, m, price, who, game) in enumerate(rows)
    ]
    found = decided(*made)
    bets = found.filter(pl.col("decision").is_in(["OVER", "UNDER"]))
    assert found["prediction_id"].to_list() == [r["prediction_id"] for r in made]
    assert (found.filter(pl.col("decision") == "PASS")["reasons"].list.len() > 0).all()
    assert (bets["stake"] > 0).all()
    assert (bets["edge"] >= DEFAULT_POLICY.min_edge).all()
    assert bets["stake"].sum() <= 0.15 + 1e-9
    assert (bets.group_by("event_id").agg(pl.col("stake").sum())["stake"] <= 0.04 + 1e-9).all()
    sides = bets.group_by("event_id", "participant_id", "market").agg(pl.col("decision").n_unique())
    assert (sides["decision"] == 1).all()
    assert np.isfinite(found["stake"].to_numpy()).all()


def test_the_policy_is_data() -> None:
    loose = replace(DEFAULT_POLICY, version="loose", min_ev=0.0, min_edge=0.0)
    found = decide(predictions(prediction(0.53, 0.5)), loose)
    assert found.select("decision", "policy_version").rows() == [("OVER", "loose")]
