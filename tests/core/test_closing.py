"""Closing lines: the last quote seen before the start, with its lead."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from propcast.core.lines import closing_lines
from propcast.tables.contract import split
from propcast.tables.forecasts import CLOSING_LINES
from tests.core.builders import NOON, START, Row, events, minutes_before, poll, polls, quote, quotes


def closes(rows: list[Row], asked: list[Row], starts_at: datetime | None = START) -> pl.DataFrame:
    found = closing_lines(quotes(*rows), polls(*asked), events(starts_at=starts_at))
    assert found.columns == list(CLOSING_LINES.schema)
    assert split(CLOSING_LINES, CLOSING_LINES.conform(found)).bad.is_empty()
    return found


@pytest.mark.proves("L38")
def test_the_close_of_a_book_is_its_last_quote_before_the_start() -> None:
    live: Row = {"observed_at": START + timedelta(minutes=1), "starts_at": START + timedelta(minutes=30)}
    rows = [quote("a"), quote("a", over=-125, observed_at=minutes_before(8)), quote("a", over=-300, **live)]
    found = closes(rows, [poll(NOON, "a"), poll(minutes_before(8), "a")])
    assert found.select("book", "over_price", "lead_s", "is_true_close").rows() == [
        ("a", -125, 480.0, True),
        ("consensus", None, 480.0, True),
    ]


def test_an_unchanged_quote_closes_when_it_was_last_seen() -> None:
    """Trap: its last change was at noon, and it still stood four minutes before the start."""
    found = closes([quote("a")], [poll(NOON, "a"), poll(minutes_before(4), "a")])
    assert found["observed_at"].to_list() == [minutes_before(4)] * 2
    assert found["is_true_close"].all()


@pytest.mark.proves("L38", "E5")
def test_a_quote_hours_old_is_no_true_close_and_says_its_lead() -> None:
    found = closes([quote("a")], [poll(NOON, "a")])
    assert found["is_true_close"].to_list() == [False, False]
    assert found["lead_s"].to_list() == [(START - NOON).total_seconds()] * 2


@pytest.mark.parametrize(("minutes", "true"), [(15, True), (15.1, False)])
def test_a_true_close_is_at_most_15_minutes_old(minutes: float, *, true: bool) -> None:
    at = minutes_before(minutes)
    assert closes([quote("a", observed_at=at)], [poll(at, "a")])["is_true_close"].unique().to_list() == [true]


def test_a_book_that_stopped_answering_keeps_its_close_but_leaves_the_consensus() -> None:
    rows = [quote("a", 20.5), quote("b", 24.5)]
    found = closes(rows, [poll(NOON, "a", "b"), poll(minutes_before(4), "a")])
    assert found.select("book", "line", "is_true_close").rows() == [
        ("a", 20.5, True),
        ("b", 24.5, False),
        ("consensus", 20.5, True),
    ]


def test_a_withdrawn_line_does_not_close() -> None:
    rows = [quote("a", 20.5), quote("a", 20.5, observed_at=minutes_before(30), is_open=False)]
    assert closes(rows, [poll(NOON, "a"), poll(minutes_before(30), "a")]).is_empty()


def test_the_close_is_before_the_earlier_of_both_starts() -> None:
    rows = [quote("a", over=-110), quote("a", over=-130, observed_at=minutes_before(20))]
    found = closes(rows, [poll(NOON, "a"), poll(minutes_before(20), "a")], starts_at=minutes_before(25))
    assert found["over_price"].to_list()[0] == -110


def test_dfs_and_unpriced_offers_do_not_close() -> None:
    rows = [quote("pick", book_type="dfs"), quote("a", 20.5, -110, None)]
    assert closes(rows, [poll(NOON, "a", "pick")]).is_empty()


def test_an_event_without_start_has_no_close() -> None:
    assert closes([quote("a", starts_at=None)], [poll(NOON, "a")], starts_at=None).is_empty()
