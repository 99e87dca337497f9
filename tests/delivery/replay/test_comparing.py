"""Two sets of rows are the same, or what differs is counted and named."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import InputError
from propcast.delivery.replay.comparing import KEY, NAMED, compare, subject_of

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("event_id", "participant_id", "market", "system"), pl.String),
    "line": pl.Float64,
    "mean": pl.Float64,
    "n_books": pl.Int64,
    "params": pl.String,
    "reasons": pl.List(pl.String),
}


def row(**otherwise: Any) -> dict[str, Any]:
    plain = {"event_id": "nba:1", "participant_id": "nba:2", "market": "points", "system": "ensemble", "line": 10.5,
             "mean": 11.0, "n_books": 3, "params": "[1.5,2.0]", "reasons": []}  # fmt: skip
    return {**plain, **otherwise}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), SCHEMA)


def found(baseline: pl.DataFrame, canary: pl.DataFrame) -> tuple[int, int]:
    compared = compare(baseline, canary)
    return compared.missing, compared.differing


@pytest.mark.parametrize(
    ("changed", "differing"),
    [
        ({"mean": 11.0 + 9e-10}, 0),
        ({"mean": 11.0 + 2e-9}, 1),
        ({"mean": None}, 1),
        ({"mean": float("nan")}, 1),
        ({"n_books": 4}, 1),
        ({"params": "[1.5, 2.0000000000001]"}, 0),
        ({"params": "[1.5,2.1]"}, 1),
        ({"params": "[1.5]"}, 1),
        ({"params": "free text"}, 1),
        ({"params": None}, 1),
        ({"reasons": ["NO_LINE"]}, 1),
        ({"mean": 11.3, "n_books": 9}, 2),
    ],
    ids=str,
)
def test_values(changed: dict[str, Any], differing: int) -> None:
    ours, theirs = frame(row()), frame(row(**changed))
    assert found(ours, theirs) == found(theirs, ours) == (0, differing)


def test_rows_without_a_line_are_compared_too() -> None:
    assert found(frame(row(line=None)), frame(row(line=None, mean=11.3))) == (0, 1)


@pytest.mark.parametrize("key", KEY)
def test_another_key_is_another_row(key: str) -> None:
    other = {"line": 11.5}.get(key, "other")
    assert found(frame(row()), frame(row(**{key: other}))) == (2, 0)


def test_a_row_that_is_there_twice_is_one_too_many() -> None:
    assert found(frame(row()), frame(row(), row())) == (1, 0)


def test_a_column_that_is_gone_differs_in_every_row_and_a_new_one_in_none() -> None:
    ours, theirs = frame(row(), row(line=11.5)), frame(row(), row(line=11.5)).drop("mean")
    assert found(ours, theirs) == (0, 2)
    assert found(theirs, ours) == (0, 0)


def test_rows_of_something_else_are_no_rows() -> None:
    assert found(frame(row(), row(line=11.5)), pl.DataFrame({"a": [1]})) == (2, 0)


def test_what_differs_is_named() -> None:
    compared = compare(frame(row(), row(line=None)), frame(row(mean=11.3)))
    told = [(each.key, each.column, each.baseline, each.canary) for each in compared.differences]
    assert told == [
        ("nba:1 nba:2 points ensemble", "", "a row", None),
        ("nba:1 nba:2 points ensemble at 10.5", "mean", 11.0, 11.3),
    ]


@pytest.mark.parametrize(("changed", "vanished"), [(11.3, 0), (None, 1), (float("nan"), 1)])
def test_values_that_only_the_baseline_has_are_counted(changed: float | None, vanished: int) -> None:
    compared = compare(frame(row()), frame(row(mean=changed)))
    assert (compared.differing, compared.vanished) == (1, vanished)
    assert compare(frame(row(mean=changed)), frame(row())).vanished == 0
    assert compare(frame(row()), frame(row()).drop("mean")).vanished == 1


def test_rows_of_a_step_are_compared_by_the_key_of_their_table() -> None:
    events = subject_of("nba/analytics/events")
    ours = pl.DataFrame({"event_id": ["nba:1", "nba:2"], "status": ["final", None]})
    compared = compare(ours, ours.reverse().with_columns(status=pl.lit("final")), events)
    assert (compared.missing, compared.differing) == (0, 1)
    (found,) = compared.differences
    assert (found.table, found.key, found.column) == ("nba/analytics/events", "nba:2", "status")


def test_another_contract_of_features_makes_no_other_rows() -> None:
    features = subject_of("nba/precompute/nba_features")
    ours = pl.DataFrame({name: ["x"] for name in (*features.key, "feature_hash")})
    compared = compare(ours, ours.with_columns(feature_hash=pl.lit("other")), features)
    assert (compared.missing, compared.differing) == (0, 1)


def test_rows_of_no_table_of_ours_are_an_error() -> None:
    with pytest.raises(InputError, match="unknown table 'fixtures'"):
        subject_of("nba/analytics/fixtures")


def test_no_more_are_named_than_anybody_reads() -> None:
    many = [row(line=float(n)) for n in range(3 * NAMED)]
    compared = compare(frame(*many), frame(*({**each, "mean": 0.0} for each in many)))
    assert (compared.differing, len(compared.differences)) == (3 * NAMED, NAMED)


ROWS = st.lists(
    st.builds(row, line=st.sampled_from([None, 9.5, 10.5]), mean=st.sampled_from([None, 1.0, 2.0, float("nan")])),
    max_size=6,
)


@given(ROWS, st.randoms())
def test_rows_are_the_same_as_themselves_in_any_order(rows: list[dict[str, Any]], rng: Any) -> None:
    distinct = list({each["line"]: each for each in rows}.values())
    assert found(frame(*distinct), frame(*rng.sample(distinct, len(distinct)))) == (0, 0)


@given(ROWS, ROWS)
def test_exchanged_sides_differ_as_much(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    assert found(frame(*ours), frame(*theirs)) == found(frame(*theirs), frame(*ours))
