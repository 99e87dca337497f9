"""How values and tables look."""

import io
from datetime import UTC, date, datetime

import polars as pl
import pytest
from rich.console import Console

from propcast.cli import render
from propcast.cli.render import cell, fitting, progress, show_rows, show_table
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.plain import plain
from propcast.pipeline.span import Span


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is printed, on forty columns."""
    file = io.StringIO()
    monkeypatch.setattr(render, "out", Console(file=file, width=40, markup=False, highlight=False, emoji=False))
    return file


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (1234567, "1,234,567"),
        (0.5, "0.500"),
        (-0.0001, "0.000"),
        (-12.3456, "-12.346"),
        (True, "yes"),
        ("text", "text"),
        (["a", "b"], "a, b"),
        (date(2025, 1, 2), "2025-01-02"),
        (datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), "2025-01-02 03:04"),
    ],
)
def test_a_cell_reads_as_expected(value: object, shown: str) -> None:
    assert cell(value, 3) == shown


def test_spare_columns_go_one_by_one_until_the_others_fit() -> None:
    columns = {"a": "first", "b": "second", "c": "third"}
    cells = {"a": ["x" * 10], "b": ["x" * 10], "c": ["x" * 10]}
    assert fitting(columns, cells, ("b", "c"), width=34) == ["a", "b", "c"]
    assert fitting(columns, cells, ("b", "c"), width=33) == ["a", "c"]
    assert fitting(columns, cells, ("b", "c"), width=21) == ["a"]
    assert fitting(columns, cells, (), width=5) == ["a", "b", "c"]
    assert fitting(columns, cells, ("of another table", "b"), width=33) == ["a", "c"]


def test_numbers_stand_right_and_texts_left(printed: io.StringIO) -> None:
    frame = pl.DataFrame({"name": ["a", "bcd"], "n": [5, 1234]})
    show_table(frame, {"name": "name", "n": "n"}, title="Title")
    assert [line.rstrip() for line in printed.getvalue().splitlines()] == [
        "Title",
        "name      n",
        "a         5",
        "bcd   1,234",
    ]


def test_what_is_left_out_is_named(printed: io.StringIO) -> None:
    frame = pl.DataFrame({"a": ["x" * 30], "b": ["y" * 30]})
    show_table(frame, {"a": "first", "b": "second"}, spare=("b",))
    assert "y" not in printed.getvalue().replace("only", "")
    assert "left out on 40 columns: second" in printed.getvalue()


def test_brackets_are_printed_as_they_are(printed: io.StringIO) -> None:
    """Text from data is never markup."""
    show_table(pl.DataFrame({"a": ["[red]x[/red]"]}), {"a": "[a]"})
    show_rows([("label", "[/x] :smile:")])
    assert "[red]x[/red]" in printed.getvalue()
    assert "[a]" in printed.getvalue()
    assert "[/x] :smile:" in printed.getvalue()


def test_plain_data_is_what_json_can_hold() -> None:
    frame = pl.DataFrame({"p": [0.5, float("nan"), None], "d": [date(2025, 1, 2)] * 3, "l": [["a"], [], None]})
    assert plain(frame)[1] == {"p": None, "d": "2025-01-02", "l": []}  # type: ignore[index]
    day = GameDay.parse("2025-01-02")
    assert plain(Span(Sport.NBA, day, day)) == {"sport": "nba", "first": "2025-01-02", "last": "2025-01-02"}
    assert plain({"at": datetime(2025, 1, 2, tzinfo=UTC), 3: (float("inf"), {True})}) == {
        "at": "2025-01-02T00:00:00+00:00",
        "3": [None, [True]],
    }


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_terminal, quiet, shown in ((True, False, True), (True, True, False), (False, False, False)):
        file = io.StringIO()
        monkeypatch.setattr(render, "err", Console(file=file, force_terminal=is_terminal, width=80))
        with progress("working", quiet=quiet) as advance:
            advance("[half]", 1, 2)
        assert ("working: [half]" in file.getvalue()) is shown
