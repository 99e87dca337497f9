"""The SET, KEY and ONCE rules."""

from dataclasses import replace

import pytest

from propcast.backends.warehouse.port import Between, In, Warehouse
from propcast.core.errors import InputError
from propcast.tables.schema import Table
from tests.backends.samples import (
    FACTS,
    FIRST,
    LATEST,
    MONDAY,
    SEASON_2025,
    SLICES,
    SMALL,
    TUESDAY,
    counts,
    frame,
    put,
    row,
    values,
)


def test_set_replaces_the_named_slice_and_no_other(warehouse: Warehouse) -> None:
    put(warehouse, SLICES, row("old", season="2024"), scope=(In("season", ("2024",)),))
    put(warehouse, SLICES, row("a", 1), row("b", 1), row("c", 1))
    result = put(warehouse, SLICES, row("a", 1), row("b", 2), row("d", 1))
    assert counts(result) == (2, 1, 0, 1)
    assert values(warehouse, SLICES) == {"old": 1, "a": 1, "b": 2, "d": 1}


def test_set_slice_may_cut_through_partitions(warehouse: Warehouse) -> None:
    monday, tuesday = (In("game_day", (MONDAY,)),), (In("game_day", (TUESDAY,)),)
    put(warehouse, SLICES, row("a"), row("b"), scope=monday)
    put(warehouse, SLICES, row("a", 7, game_day=TUESDAY), scope=tuesday)
    assert counts(put(warehouse, SLICES, row("a"), scope=monday)) == (0, 1, 0, 1)
    assert warehouse.read(SLICES, columns=["thing", "value"]).rows() == [("a", 1), ("a", 7)]


def test_set_of_an_empty_frame_empties_the_slice(warehouse: Warehouse) -> None:
    put(warehouse, SLICES, row("a"), row("b", season="2026"), scope=(Between("season", "2025", "2026"),))
    assert counts(put(warehouse, SLICES)) == (0, 0, 0, 1)
    assert values(warehouse, SLICES) == {"b": 1}


def test_set_moves_a_key_out_of_another_slice(warehouse: Warehouse) -> None:
    by_n = replace(SLICES, name="by_n", key=("thing",))
    put(warehouse, by_n, row("a", 1, n=1), scope=(In("n", (1,)),))
    put(warehouse, by_n, row("a", 1, n=2), scope=(In("n", (2,)),))
    assert warehouse.read(by_n)["n"].to_list() == [2]


def test_set_needs_a_scope_and_only_set_takes_one(warehouse: Warehouse) -> None:
    with pytest.raises(InputError, match="scope"):
        warehouse.write(SLICES, frame(row("a"), table=SLICES), FIRST)
    with pytest.raises(InputError, match="scope"):
        warehouse.write(FACTS, frame(row("a"), table=FACTS), FIRST, scope=SEASON_2025)


def test_set_refuses_rows_outside_its_slice(warehouse: Warehouse) -> None:
    with pytest.raises(InputError, match="1 rows lie outside"):
        put(warehouse, SLICES, row("a"), row("b", season="2024"))
    assert warehouse.version(SLICES) == -1


@pytest.mark.parametrize("table", [LATEST, SMALL], ids=lambda t: t.name)
def test_key_replaces_changed_rows_and_keeps_the_rest(warehouse: Warehouse, table: Table) -> None:
    put(warehouse, table, row("a", 1), row("b", 1), row("c", 1))
    assert counts(put(warehouse, table, row("b", 2), row("c", 1), row("d", 1))) == (2, 1, 0, 0)
    assert values(warehouse, table) == {"a": 1, "b": 2, "c": 1, "d": 1}


def test_key_that_changes_its_partition_is_not_doubled(warehouse: Warehouse) -> None:
    put(warehouse, LATEST, row("a", season="2024"), row("b", season="2024"))
    assert put(warehouse, LATEST, row("a", season="2025")).written == 1
    assert warehouse.read(LATEST, columns=["thing", "season"]).rows() == [("a", "2025"), ("b", "2024")]


def test_once_inserts_what_is_absent_and_never_changes_what_is_there(warehouse: Warehouse) -> None:
    put(warehouse, FACTS, row("a", 1), row("b", 1))
    assert counts(put(warehouse, FACTS, row("a", 9), row("b", 1), row("c", 1))) == (1, 2, 0, 0)
    assert values(warehouse, FACTS) == {"a": 1, "b": 1, "c": 1}
