"""The contract check finds every violation of every row."""

from dataclasses import replace

import polars as pl
import pytest

from propcast.core.errors import ContractViolation
from propcast.tables.contract import report, require_shape, split
from propcast.tables.schema import Check, Column, Rule, Table, count, number, text, texts

GAMES = Table(
    "games",
    "one game",
    (
        *text("game"),
        *text("kind", null=True, choices=("regular", "playoffs")),
        *count("points", low=0, high=200),
        *number("minutes", low=235, unit="min", null=True),
        *number("spread", high=40, null=True),
        *texts("reasons"),
    ),
    key=("game",),
    partition=None,
    rule=Rule.KEY,
    checks=(Check("more points than minutes", pl.col("points") <= pl.col("minutes")),),
)
GOOD: dict[str, object] = {
    "game": "a",
    "kind": "regular",
    "points": 110,
    "minutes": 240.0,
    "spread": -3.5,
    "reasons": [],
}


def games(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([GOOD | change for change in changes], schema=GAMES.schema, orient="row")


def violations(frame: pl.DataFrame) -> list[list[str]]:
    return [sorted(found) for found in split(GAMES, frame).bad["violations"].to_list()]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": None, "minutes": None, "spread": None},
        {"points": 0, "minutes": 235.0, "spread": 40.0},
        {"points": 200},
        {"reasons": ["x", "y"]},
        {"points": 199, "minutes": None},
    ],
    ids=str,
)
def test_a_row_within_its_limits_is_good(change: dict[str, object]) -> None:
    parts = split(GAMES, games(change))
    assert (parts.good.height, parts.bad.height) == (1, 0)
    assert parts.bad.columns == [*GAMES.schema.names(), "violations"]


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        ({"game": None}, "game is null"),
        ({"points": None}, "points is null"),
        ({"reasons": None}, "reasons is null"),
        ({"points": -1}, "points is outside 0…200"),
        ({"points": 201}, "points is outside 0…200"),
        ({"minutes": 234.9}, "minutes is outside 235… min"),
        ({"spread": 40.5}, "spread is outside …40"),
        ({"spread": float("-inf")}, "spread is not finite"),
        ({"kind": "cup"}, "kind is none of regular, playoffs"),
        ({"kind": ""}, "kind is none of regular, playoffs"),
    ],
    ids=str,
)
def test_each_rule_catches_its_violation(change: dict[str, object], violation: str) -> None:
    assert violations(games(change)) == [[violation]]


@pytest.mark.proves("L40")
def test_a_missing_number_is_not_a_number_in_range() -> None:
    assert violations(games({"minutes": float("nan")})) != []


def test_every_violation_of_a_row_is_named() -> None:
    assert violations(games({"kind": "cup", "points": 300, "minutes": 250.0})) == [
        ["kind is none of regular, playoffs", "more points than minutes", "points is outside 0…200"],
    ]


@pytest.mark.proves("E4")
def test_rows_that_share_a_key_and_differ_are_all_bad() -> None:
    parts = split(GAMES, games({}, {"points": 1}, {"game": "b"}))
    assert parts.good["game"].to_list() == ["b"]
    assert parts.bad["violations"].to_list() == [["key (game) repeats"]] * 2


def test_null_keys_repeat_like_any_other() -> None:
    table = replace(GAMES, key=("game", "kind"))
    frame = games({"kind": None}, {"kind": None, "points": 1})
    assert split(table, frame).bad.height == 2


def test_good_and_bad_rows_add_up_and_keep_their_order() -> None:
    frame = games(*({"game": str(i), "points": i * 50} for i in range(8)))
    parts = split(GAMES, frame)
    assert parts.good["game"].to_list() == ["0", "1", "2", "3", "4"]
    assert parts.bad["game"].to_list() == ["5", "6", "7"]


def test_an_empty_frame_is_good() -> None:
    parts = split(GAMES, GAMES.empty())
    assert (parts.good.height, parts.bad.height) == (0, 0)


@pytest.mark.proves("L22")
def test_every_fault_of_shape_is_named_at_once() -> None:
    frame = games({}).drop("points").with_columns(minutes=pl.lit("240"), extra=1)
    with pytest.raises(ContractViolation) as caught:
        require_shape(GAMES, frame)
    assert str(caught.value) == (
        "games: column points is missing; column minutes is String, declared Float64; "
        "column extra is not declared. Nothing was written."
    )


def test_the_report_counts_rows_by_violation_and_shows_the_first() -> None:
    bad = split(GAMES, games({"points": -1}, {"game": "b", "points": -2, "kind": "cup"}, {"game": "c"})).bad
    assert report(GAMES, bad).splitlines() == [
        "games: 2 rows break the contract",
        "       2 rows: points is outside 0…200 (first: {'game': 'a'})",
        "       1 rows: kind is none of regular, playoffs (first: {'game': 'b'})",
    ]


@pytest.mark.parametrize("dtype", [pl.Float32(), pl.Float64()], ids=str)
def test_a_number_without_limits_is_finite_all_the_same(dtype: pl.DataType) -> None:
    rated = replace(GAMES, columns=(*GAMES.columns, Column("rate", dtype, nullable=True)))
    rates = pl.Series("rate", [0.1, float("inf"), float("nan"), None], dtype=dtype)
    frame = games({}, {"game": "b"}, {"game": "c"}, {"game": "d"}).with_columns(rates)
    assert split(rated, frame).good["game"].to_list() == ["a", "d"]
