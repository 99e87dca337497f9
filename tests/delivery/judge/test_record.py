"""A decision record is JSON, says what went in and what came out, and stays small."""

import json
from typing import Any

import pytest

from propcast.delivery.judge.evidence import Change, Difference, Limits, Replay
from propcast.delivery.judge.judging import judge
from propcast.delivery.judge.record import plain
from tests.delivery.judge.evidences import ROUTE, arm, evidence

ONE = Difference("predictions", "nba:1 nba:2 points ensemble at 10.5", "mean", 10.1, float("nan"))
REPLAY = Replay(5, 900, 0, 1, (ONE,), Change([0.1, 0.3], [], 2, [0.0], 0, 2))


def written(of: Any) -> Any:
    return json.loads(json.dumps(plain(of), allow_nan=False))


def test_a_judgement_is_written_criterion_by_criterion() -> None:
    told = written(judge(evidence(arm(seconds={})), Limits()))
    assert told["verdict"] == "inconclusive"
    errors = told["criteria"][1]
    assert errors.pop("interval") == pytest.approx([-0.0095, 0.0095], abs=1e-4)
    assert errors == {
        "name": "error ratio",
        "verdict": "pass",
        "estimate": 0.0,
        "bound": 0.02,
        "told": "0 of 400 against 0 of 400: +0.00 points, at most +0.95 of 2; p 1",
    }


def test_evidence_tells_latencies_by_number_and_quantiles() -> None:
    told = written(evidence())
    assert told["canary"]["seconds"][ROUTE] == pytest.approx(
        {"n": 400, "p50": 0.02, "p95": 0.029, "p99": 0.03}, abs=1e-3
    )
    assert (told["canary"]["answered"], told["started_at"], told["replay"]) == (400, "2026-11-30T14:00:00+00:00", None)


def test_evidence_names_what_differs_and_sums_up_what_changed() -> None:
    told = written(evidence(replay=REPLAY))["replay"]
    assert told["differences"][0]["baseline"] == 10.1
    assert told["differences"][0]["canary"] is None
    assert told["change"]["mean_shift"] == pytest.approx({"n": 2, "mean": 0.2})
    assert (told["change"]["probability_shift"], told["change"]["flipped"]) == ({"n": 0, "mean": None}, 2)


def test_a_record_does_not_grow_with_the_requests() -> None:
    few, many = (len(json.dumps(plain(evidence(arm(n), arm(n))))) for n in (100, 10_000))
    assert many < 1.1 * few
