"""What all write rules share: idempotence, exact counts, lineage, cost."""

from dataclasses import replace

import pytest
from polars.testing import assert_frame_equal

from propcast.backends.warehouse.port import Between, Warehouse
from propcast.tables.schema import Rule, Table
from tests.backends.samples import (
    BY_RULE,
    FACTS,
    FIRST,
    LATEST,
    NOON,
    SEASON_2025,
    SECOND,
    SLICES,
    STATES,
    at,
    counts,
    frame,
    put,
    row,
)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_rows_come_back_as_they_were_written(warehouse: Warehouse, table: Table) -> None:
    rows = frame(
        row("O'Neal", 0.0, n=3, tags=["a", ""], season="it's"),
        row("Dončić", None, note="", tags=[]),
        row("b", 5.5, hour=2, note="line\nbreak"),
        table=table,
    )
    warehouse.write(table, rows, FIRST, scope=[Between("season")] if table.rule is Rule.SET else [])
    assert_frame_equal(warehouse.read(table), rows, check_row_order=False)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
@pytest.mark.proves("L26")
def test_same_write_again_changes_nothing(warehouse: Warehouse, table: Table) -> None:
    first = put(warehouse, table, row("a"), row("b", None))
    again = put(warehouse, table, row("b", None), row("a"))
    assert counts(first) == (2, 0, 0, 0)
    assert counts(again) == (0, 2, 0, 0)
    assert again.version == first.version == warehouse.version(table)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_repetitions_in_a_frame_are_merged_and_counted(warehouse: Warehouse, table: Table) -> None:
    result = put(warehouse, table, row("a"), row("b"), row("a"), row("a"))
    assert counts(result) == (2, 0, 2, 0)
    assert result.rows_in == 4
    assert warehouse.count(table) == 2


@pytest.mark.parametrize("table", [STATES, LATEST, FACTS, SLICES], ids=lambda t: t.name)
def test_of_repetitions_the_first_observation_stays(warehouse: Warehouse, table: Table) -> None:
    put(warehouse, table, row("a", hour=3), row("a", hour=1), row("a", hour=2))
    assert warehouse.read(table)["observed_at"].to_list() == [at(1)]


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_writing_no_rows_commits_nothing(warehouse: Warehouse, table: Table) -> None:
    result = put(warehouse, table)
    assert (result.rows_in, result.version, warehouse.version(table)) == (0, -1, -1)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
@pytest.mark.proves("L33")
def test_round_trips_of_a_write_do_not_grow_with_its_rows(warehouse: Warehouse, table: Table) -> None:
    before = warehouse.round_trips
    put(warehouse, table, *(row(f"t{i}", season="2025") for i in range(500)))
    put(warehouse, table, *(row(f"t{i}", 2.0, hour=1) for i in range(500)))
    assert warehouse.round_trips - before <= 6


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_lineage_says_who_wrote_a_row_first(warehouse: Warehouse, table: Table) -> None:
    put(warehouse, table, row("a"), row("b"))
    scope = SEASON_2025 if table.rule is Rule.SET else ()
    warehouse.write(table, frame(row("a"), row("b"), row("c"), table=table), SECOND, scope=scope)
    stamped = warehouse.read(table, columns=["thing"], lineage=True)
    assert stamped.rows() == [
        ("a", "run-1", NOON, "inputs-1"),
        ("b", "run-1", NOON, "inputs-1"),
        ("c", "run-2", at(1), "inputs-2"),
    ]


@pytest.mark.parametrize(("table", "second"), [(LATEST, 2), (SLICES, 2), (FACTS, 1)], ids=["KEY", "SET", "ONCE"])
def test_null_in_a_key_is_a_value_of_its_own(warehouse: Warehouse, table: Table, second: int) -> None:
    noted = replace(table, name="noted", key=("thing", "note"))
    put(warehouse, noted, row("a", 1, note=None), row("a", 1, note=""), row("a", 1, note="x"))
    result = put(warehouse, noted, row("a", 2, note=None), row("a", 1, note=""), row("a", 1, note="x"))
    assert counts(result) == (second - 1, 4 - second, 0, 0)
    assert warehouse.read(noted, columns=["note", "value"]).select("note", "value").rows() == [
        (None, second),
        ("", 1),
        ("x", 1),
    ]
