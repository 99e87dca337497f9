"""A copy of a table is exact in everything a reader can ask, and made only where something differs."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.backends.warehouse.copying import Copied, copy
from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import In, Stamp, Warehouse, WriteResult
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreConflict
from propcast.tables.schema import Table
from tests.backends.samples import BY_RULE, FACTS, FIRST, MONDAY, NOON, SECOND, STATES, TUESDAY, at, frame, put, row

COPYING = Stamp("copy", at(9))


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory, clock: FixedClock) -> Warehouse:
    """The warehouse of this machine, beside the one under test."""
    return DeltaWarehouse(tmp_path_factory.mktemp("other"), clock)


def fill(warehouse: Warehouse, table: Table) -> None:
    put(warehouse, table, row("a", 1, tags=["x", ""]), row("b", None, hour=1), row("c", 3, game_day=TUESDAY))
    later = frame(row("a", 2, hour=2, note="O'Neal"), row("b", None, hour=2), table=table)
    scope = (In("game_day", (MONDAY,)),) if table in BY_RULE and table.rule == "SET" else ()
    warehouse.write(table, later, SECOND, scope=scope)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_a_copy_there_and_back_reads_the_same(warehouse: Warehouse, other: Warehouse, table: Table) -> None:
    fill(other, table)
    assert [part.was_equal for part in copy(table, other, warehouse, COPYING)] == [False]
    for moment in (None, at(0), at(1), at(2)):
        ours, theirs = (each.read(table, as_of=moment, lineage=True) for each in (warehouse, other))
        assert_frame_equal(ours, theirs)
    assert warehouse.content_hash(table) == other.content_hash(table)
    assert [part.was_equal for part in copy(table, warehouse, other, COPYING)] == [True]


def test_a_second_copy_writes_nothing_and_a_changed_part_alone_is_brought(
    warehouse: Warehouse, other: Warehouse
) -> None:
    small = replace(FACTS, name="by_day", partition="game_day")
    days = [row(f"t{i}", i, game_day=MONDAY.replace(year=2000 + i)) for i in range(40)]
    put(other, small, *days)
    assert [part.rows for part in copy(small, other, warehouse, COPYING)] == [31, 9]
    version = warehouse.version(small)
    assert all(part.was_equal for part in copy(small, other, warehouse, COPYING))
    assert warehouse.version(small) == version
    put(other, small, row("new", game_day=MONDAY.replace(year=2039)))
    assert [part.was_equal for part in copy(small, other, warehouse, COPYING)] == [True, False]
    assert warehouse.count(small) == 41


def test_a_copy_takes_out_rows_that_the_source_does_not_have(warehouse: Warehouse, other: Warehouse) -> None:
    put(other, FACTS, row("a", 1))
    put(warehouse, FACTS, row("a", 9), row("b", 1))
    assert list(copy(FACTS, other, warehouse, COPYING)) == [Copied("facts", ("2025",), 1, False)]
    assert dict(warehouse.read(FACTS).select("thing", "value").iter_rows()) == {"a": 1}


def test_of_corrections_at_one_instant_the_last_is_copied(warehouse: Warehouse, other: Warehouse) -> None:
    for value in (1, 3, 2):
        put(other, STATES, row("a", value, hour=0))
    assert [part.rows for part in copy(STATES, other, warehouse, COPYING)] == [1]
    assert warehouse.read(STATES)["value"].to_list() == [2]


class Forgetful(DeltaWarehouse):
    """Loses the last row of what it is given."""

    def write(self, table: Table, frame: pl.DataFrame, stamp: Stamp, **options: object) -> WriteResult:
        return super().write(table, frame.head(-1), stamp, **options)  # type: ignore[arg-type]


def test_a_copy_that_differs_is_an_error(tmp_path: Path, other: Warehouse, clock: FixedClock) -> None:
    put(other, FACTS, row("a"), row("b"))
    with pytest.raises(StoreConflict, match="facts 2025 differs"):
        list(copy(FACTS, other, Forgetful(tmp_path / "w", FixedClock(NOON)), FIRST))
