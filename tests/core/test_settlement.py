"""Settlement: one row per prediction, whatever became of it."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.errors import ContractViolation
from propcast.core.settlement import settle
from propcast.tables.contract import split
from propcast.tables.forecasts import GRADES
from tests.core.builders import (
    START,
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


def graded(taken: str = "OVER", outcome: Row | None = None, **changes: Any) -> Row:
    """Settle one prediction against one result, without a close."""
    found = settle(
        predictions(prediction(**changes)), decisions(decision(taken)), results(outcome or result()), closes()
    )
    assert split(GRADES, GRADES.conform(found)).bad.is_empty()
    assert found.columns == list(GRADES.schema)
    return found.row(0, named=True)


@pytest.mark.proves("L46")
@pytest.mark.parametrize(
    ("taken", "actual", "line", "outcome", "profit"),
    [
        ("OVER", 21.0, 20.5, "win", 100 / 110),
        ("OVER", 20.0, 20.5, "loss", -1.0),
        ("UNDER", 20.0, 20.5, "win", 100 / 110),
        ("UNDER", 21.0, 20.5, "loss", -1.0),
        ("OVER", 20.0, 20.0, "push", 0.0),
        ("UNDER", 20.0, 20.0, "push", 0.0),
        ("OVER", 0.0, 20.5, "loss", -1.0),
        ("PASS", 21.0, 20.5, "no_bet", None),
        ("PASS", 20.0, 20.0, "no_bet", None),
        ("NO_LINE", 21.0, None, "no_bet", None),
        ("OVER", None, 20.5, "void", 0.0),
        ("PASS", None, 20.5, "void", None),
        ("NO_LINE", None, None, "void", None),
    ],
)
def test_the_settlement_table(
    taken: str, actual: float | None, line: float | None, outcome: str, profit: float | None
) -> None:
    row = graded(taken, result(actual), line=line)
    assert row["outcome"] == outcome
    assert row["profit_units"] == (None if profit is None else pytest.approx(profit))


@pytest.mark.proves("L46")
@pytest.mark.parametrize("reason", ["DNP", "DID_NOT_START", "GAME_POSTPONED"])
def test_a_void_keeps_its_reason_and_is_not_scored(reason: str) -> None:
    row = graded("OVER", result(None, void_reason=reason))
    assert (row["outcome"], row["void_reason"], row["profit_units"]) == ("void", reason, 0.0)
    assert {row[c] for c in ("actual", "error", "abs_error", "crps", "pit", "log_score", "brier")} == {None}


def test_who_enters_as_a_reliever_is_void_though_he_has_a_count() -> None:
    row = graded("OVER", result(6.0, action=False, void_reason="DID_NOT_START"))
    assert (row["outcome"], row["actual"], row["crps"]) == ("void", None, None)


def test_a_short_appearance_stands() -> None:
    """Trap: voiding short starts deletes losses and inflates the hit rate."""
    assert graded("OVER", result(0.0))["outcome"] == "loss"


def test_nothing_is_void_before_the_result_is_final() -> None:
    """Trap: before the box is complete everybody looks absent."""
    row = graded("OVER", result(None, is_final=False))
    assert (row["outcome"], row["void_reason"], row["profit_units"]) == ("pending", None, None)


@pytest.mark.parametrize(("hours", "outcome"), [(71, "pending"), (72, "unresolved")])
def test_no_result_72_hours_after_the_start_is_an_operators_task(hours: int, outcome: str) -> None:
    found = settle(
        predictions(prediction()), decisions(decision()), results(), closes(), START + timedelta(hours=hours)
    )
    assert found["outcome"].to_list() == [outcome]


def test_action_without_a_count_is_unresolved_not_dropped() -> None:
    assert graded("OVER", result(None, action=True, void_reason=None))["outcome"] == "unresolved"


def test_the_error_is_of_the_mean_and_its_size_of_the_median() -> None:
    row = graded("PASS", result(25.0), mean=21.0, q50=20.0)
    assert (row["error"], row["abs_error"]) == (-4.0, 5.0)


def test_scores_are_of_what_happened_beside_the_market_on_the_same_row() -> None:
    row = graded("PASS", result(25.0), p_over=0.6, p_market=0.5)
    assert row["brier"] == pytest.approx(0.16)
    assert row["market_brier"] == pytest.approx(0.25)
    assert row["log_score"] == pytest.approx(0.5108, abs=1e-4)
    assert row["market_log_score"] == pytest.approx(0.6931, abs=1e-4)


def test_probability_scores_are_given_no_push() -> None:
    row = graded("PASS", result(25.0), line=20.0, p_over=0.45, p_push_blended=0.1, p_under_blended=0.45)
    assert row["brier"] == pytest.approx(0.25)


@pytest.mark.parametrize("changes", [{"line": 25.0}, {"p_over": None}, {"p_market": None}, {"line": None}])
def test_rows_without_a_decided_probability_have_no_probability_score(changes: Row) -> None:
    row = graded("PASS", result(25.0), **changes)
    assert {row[c] for c in ("log_score", "brier", "market_log_score", "market_brier")} == {None}
    assert row["crps"] is not None
    assert row["error"] is not None


def test_an_abstention_is_graded_without_scores() -> None:
    row = graded(
        "PASS",
        status="abstained",
        reasons=["LOW_SIMILARITY"],
        mean=None,
        q50=None,
        params=None,
        family=None,
        p_over=None,
    )
    assert (row["outcome"], row["actual"]) == ("no_bet", 25.0)
    assert {row[c] for c in ("error", "abs_error", "crps", "pit", "log_score")} == {None}


def test_the_price_captured_with_the_bet_decides_the_profit() -> None:
    found = settle(
        predictions(prediction(over_price=-200)), decisions(decision(price=150)), results(result()), closes()
    )
    assert found["profit_units"].to_list() == [1.5]


@pytest.mark.proves("L45", "E7")
def test_settlement_reads_the_captured_line_and_nothing_that_moved_since() -> None:
    captured = predictions(prediction(line=20.5))
    for moved in (close(line=18.5, mean=18.0), close(line=26.5, mean=27.0, is_true_close=False)):
        found = settle(captured, decisions(decision()), results(result(21.0)), closes(moved))
        assert found.select("line", "outcome", "profit_units").rows() == [(20.5, "win", pytest.approx(100 / 110))]


@pytest.mark.proves("L45")
@pytest.mark.parametrize("doubled", ["predictions", "decisions", "results"])
def test_a_join_that_would_multiply_rows_is_refused(doubled: str) -> None:
    twice = {doubled: 2}
    given_frames = (
        predictions(*[prediction()] * twice.get("predictions", 1)),
        decisions(*[decision()] * twice.get("decisions", 1)),
        results(*[result()] * twice.get("results", 1)),
    )
    with pytest.raises(ContractViolation, match=f"1 rows of {doubled} repeat a key"):
        settle(*given_frames, closes())


def test_a_prediction_without_decision_is_refused() -> None:
    with pytest.raises(ContractViolation, match="1 of 1 predictions have no decision"):
        settle(predictions(prediction()), decisions(), results(result()), closes())


rows = st.tuples(
    st.sampled_from(["OVER", "UNDER", "PASS", "NO_LINE"]),
    st.one_of(st.none(), st.integers(0, 40).map(float)),
    st.integers(10, 60).map(lambda k: k / 2),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.proves("L46", "E4")
@settings(max_examples=50)
@given(given_rows=st.lists(rows, max_size=12))
def test_every_state_is_graded_once_and_the_sums_close(
    given_rows: list[tuple[str, float | None, float, bool, bool]],
) -> None:
    asked, taken, found = [], [], []
    for i, (name, actual, line, is_final, known) in enumerate(given_rows):
        who: Row = {"prediction_id": f"p{i}", "participant_id": f"nba:{i}"}
        asked.append(prediction(line=None if name == "NO_LINE" else line, **who))
        taken.append(decision(name, prediction_id=f"p{i}"))
        found += [result(actual, is_final=is_final, participant_id=f"nba:{i}")] if known else []
    grades = settle(predictions(*asked), decisions(*taken), results(*found), closes())
    assert grades["prediction_id"].to_list() == [p["prediction_id"] for p in asked]
    counts = {str(k): n for k, n in grades["outcome"].value_counts().iter_rows()}
    settled = sum(counts.get(o, 0) for o in ("win", "loss", "push", "no_bet"))
    assert settled == grades["actual"].count() == grades["error"].count()
    assert settled + counts.get("void", 0) + counts.get("pending", 0) == len(asked)


@pytest.mark.proves("L46")
def test_regrading_changes_nothing_and_a_correction_is_a_new_version() -> None:
    frames = (predictions(prediction()), decisions(decision()), results(result()), closes(close()))
    first = settle(*frames)
    assert first.equals(settle(*frames))
    corrected = settle(frames[0], frames[1], results(result(20.0)), frames[3], settlement_version=2)
    assert corrected.select("settlement_version", "outcome").rows() == [(2, "loss")]


def test_the_order_of_results_changes_nothing() -> None:
    asked = predictions(*(prediction(prediction_id=f"p{i}", participant_id=f"nba:{i}") for i in range(4)))
    taken = decisions(*(decision(prediction_id=f"p{i}") for i in range(4)))
    found = results(*(result(float(18 + i), participant_id=f"nba:{i}") for i in range(4)))
    assert settle(asked, taken, found, closes()).equals(settle(asked, taken.reverse(), found.reverse(), closes()))


def test_systems_on_one_slate_are_graded_side_by_side() -> None:
    both = predictions(prediction(), prediction(prediction_id="p2", system="similarity", p_over=0.4))
    found = settle(both, decisions(decision(), decision("PASS", prediction_id="p2")), results(result()), closes())
    assert found.select("system", "outcome").rows() == [("ensemble", "win"), ("similarity", "no_bet")]
    assert found["crps"].n_unique() == 1


def test_grades_of_no_predictions_are_an_empty_frame() -> None:
    found = settle(predictions(), decisions(), results(), closes())
    assert found.is_empty()
    assert split(GRADES, GRADES.conform(found)).bad.is_empty()
    assert isinstance(found, pl.DataFrame)
