"""Rows are sorted into good and bad, and nothing is lost."""

import polars as pl
import pytest

from propcast.core.errors import ContractViolation
from propcast.sources.history.nba_box import read_player_box
from propcast.sources.history.parsed import Fault, ParsedFile, sort_rows
from propcast.tables.raw import RAW_NBA_PLAYER_BOX
from tests.sources.samples import Row, canonical, crowd


def box(*overrides: Row) -> ParsedFile:
    return read_player_box(canonical("nba_player_box", *overrides))


@pytest.mark.proves("L22")
def test_rows_in_are_written_merged_or_held() -> None:
    parsed = box({}, {}, {"player_id": 2, "pts": -1}, {"player_id": 3})
    assert (parsed.rows_in, parsed.merged, parsed.rows.good.height, parsed.rows.bad.height) == (4, 1, 2, 1)


def test_a_reader_that_loses_a_row_is_stopped() -> None:
    rows, _ = sort_rows(RAW_NBA_PLAYER_BOX, RAW_NBA_PLAYER_BOX.empty())
    with pytest.raises(ContractViolation, match="loses rows"):
        ParsedFile("file", 1, 0, rows)


@pytest.mark.parametrize(
    ("override", "violation"),
    [
        ({"minutes_exact": 120.0}, "minutes_played is outside 0…65 min"),
        ({"pts": -3}, "pts is outside 0…100"),
        ({"minutes_exact": None, "minutes": 12.5}, "minutes is not a whole number"),
        ({"wl": "T"}, "wl is neither W nor L"),
        ({"player_id": None}, "player_id is null"),
        ({"season_type": "Preseason"}, "season_type is none of regular, playoffs, play_in, cup_final"),
    ],
)
def test_an_impossible_value_holds_back_its_row_with_the_reason(override: Row, violation: str) -> None:
    parsed = box({"player_id": 2}, override)
    assert parsed.rows.good["player_id"].to_list() == [2]
    assert violation in parsed.quarantined


def test_rows_that_share_a_key_and_differ_are_all_held_back() -> None:
    parsed = box({"pts": 20}, {"pts": 21}, {"player_id": 2})
    assert parsed.rows.good["player_id"].to_list() == [2]
    assert parsed.quarantined == {"key (event_id, player_id, source) repeats": 2}


def test_one_faulty_row_in_a_hundred_is_tolerated_and_two_are_not() -> None:
    people = crowd("nba_player_box", 100)
    assert box(*people[:99], {"pts": -1}).refusal is None
    refusal = box(*people[:98], {"pts": -1}, {"player_id": 2, "pts": -1}).refusal
    assert refusal is not None
    assert "2 of 100 rows are faulty" in refusal
    assert "pts is outside 0…100" in refusal


def test_a_null_condition_is_no_fault() -> None:
    frame = canonical("nba_player_box")
    rows, _ = sort_rows(
        RAW_NBA_PLAYER_BOX,
        read_player_box(frame).rows.good.with_columns(pl.lit(None, pl.Boolean()).alias("unknown")),
        [Fault("never", pl.col("unknown"))],
    )
    assert rows.bad.is_empty()
