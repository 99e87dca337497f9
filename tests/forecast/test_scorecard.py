"""Scorecards of stored grades: everything counted, first settlement, both sides on the same rows."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from propcast.forecast.scorecard import ALL, BETS, LINED, scorecard_rows
from propcast.tables.contract import split
from propcast.tables.forecasts import GRADES, PREDICTIONS, SCORECARDS


def grade(i: int, **fields: Any) -> dict[str, Any]:
    default = {
        "prediction_id": f"id{i}", "batch_id": "b", "settlement_version": 1, "sport": "nba", "event_id": "nba:1",
        "participant_id": f"nba:{i}", "market": "points", "game_day": date(2025, 1, 1), "line": 19.5,
        "system": "moving_average", "model_id": "formula-1", "status": "forecast", "decision": "PASS",
        "outcome": "no_bet", "actual": 22.0, "crps": 3.0, "pit": 0.6, "stake": 0.0, "is_modal_line": True,
        "single_source": True,
    }  # fmt: skip
    return {**default, **fields}


def prediction(i: int, **fields: Any) -> dict[str, Any]:
    default = {"prediction_id": f"id{i}", "batch_id": "b", "mean": 20.0, "q50": 20.0, "p_over_raw": 0.6,
               "p_under_raw": 0.4, "p_over_blended": 0.5, "p_under_blended": 0.5, "p_over_market": 0.5}  # fmt: skip
    return {**default, **fields}


def values(grades: list[dict[str, Any]], predictions: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[float, int]]:
    rows = scorecard_rows(
        pl.DataFrame(grades, schema=GRADES.schema), pl.DataFrame(predictions, schema=PREDICTIONS.schema), "w"
    )
    assert split(SCORECARDS, rows).bad.is_empty()
    return {(p, m): (v, n) for p, m, v, n in rows.select("population", "metric", "value", "n").rows()}


def test_voids_and_abstentions_are_counted_and_not_scored() -> None:
    void = {"outcome": "void", "actual": None, "crps": None, "pit": None}
    grades = [grade(1), grade(2, **void), grade(3, status="abstained")]
    found = values(grades, [prediction(1), prediction(2), prediction(3, mean=None, q50=None, p_over_raw=None)])
    assert (found[ALL, "n_participants"][0], found[ALL, "n_void"][0], found[ALL, "n_abstained"][0]) == (3, 1, 1)
    assert found[ALL, "mae"] == (2.0, 1)


def test_a_participant_with_many_lines_counts_once_for_his_error() -> None:
    grades = [
        grade(i, participant_id="nba:1", line=line, is_modal_line=line == 19.5)
        for i, line in enumerate((18.5, 19.5, 20.5))
    ]
    found = values(grades, [prediction(i) for i in range(3)])
    assert found[ALL, "mae"] == (2.0, 1)
    assert found[LINED, "log_loss_market"][1] == 3


@pytest.mark.proves("L46")
def test_a_correction_does_not_replace_the_settlement_that_paid() -> None:
    found = values([grade(1, actual=30.0, settlement_version=2), grade(1)], [prediction(1)])
    assert found[ALL, "mae"] == (2.0, 1)


def test_probabilities_are_given_no_push_and_a_push_is_not_scored() -> None:
    pushed = prediction(1, p_over_raw=0.45, p_under_raw=0.45)
    found = values([grade(1, line=20.0), grade(2, line=22.0)], [pushed, prediction(2)])
    loss, n = found[LINED, "log_loss_raw"]
    assert loss == pytest.approx(-np.log(0.5))
    assert n == 1


def test_bets_are_judged_at_the_price_taken_beside_the_market() -> None:
    grades = [
        grade(1, decision="OVER", outcome="win", profit_units=0.9, clv_prob=0.02),
        grade(2, decision="UNDER", outcome="loss", profit_units=-1.0),
        grade(3, decision="OVER", outcome="push", profit_units=0.0),
        grade(4),
    ]
    found = values(grades, [prediction(i, p_over_market=0.55) for i in (1, 2, 3, 4)])
    assert found[BETS, "hit_rate"] == (0.5, 2)
    assert found[BETS, "clv_prob"] == (0.02, 1)
    assert found[BETS, "market_p"][0] == pytest.approx(0.5)
    roi, n = found[BETS, "roi"]
    assert roi == pytest.approx(-0.1 / 3)
    assert n == 3


def test_systems_are_scored_apart() -> None:
    rows = scorecard_rows(
        pl.DataFrame([grade(1), grade(2, system="ensemble", actual=20.0)], schema=GRADES.schema),
        pl.DataFrame([prediction(1), prediction(2)], schema=PREDICTIONS.schema),
        "w",
    )
    mae = rows.filter((pl.col("metric") == "mae") & (pl.col("population") == ALL))
    assert dict(mae.select("system", "value").rows()) == {"moving_average": 2.0, "ensemble": 0.0}


def test_nothing_graded_gives_no_rows() -> None:
    assert scorecard_rows(GRADES.empty(), PREDICTIONS.empty(), "w").is_empty()
