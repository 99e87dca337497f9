"""Reading: conditions, columns, order, moments."""

from dataclasses import replace

import pytest
from polars.testing import assert_frame_equal

from propcast.backends.warehouse.port import Between, Condition, In, Warehouse
from propcast.core.errors import InputError
from propcast.tables.schema import Table
from tests.backends.samples import (
    BY_RULE,
    FACTS,
    MONDAY,
    NOON,
    TUESDAY,
    at,
    put,
    row,
)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_a_table_never_written_reads_as_empty(warehouse: Warehouse, table: Table) -> None:
    assert_frame_equal(warehouse.read(table), table.empty())
    assert (warehouse.count(table), warehouse.version(table), warehouse.version_at(table, NOON)) == (0, -1, -1)
    assert warehouse.compact(table) == 0


@pytest.mark.parametrize(
    ("where", "things"),
    [
        ([], "abcd"),
        ([In("thing", ("a", "d", "zz"))], "ad"),
        ([In("thing", ())], ""),
        ([In("season", ("2025",))], "abc"),
        ([In("game_day", (TUESDAY,))], "d"),
        ([In("n", (2, 3))], "bc"),
        ([In("value", (1.5,))], "b"),
        ([Between("game_day", MONDAY, TUESDAY)], "abcd"),
        ([Between("game_day", TUESDAY)], "d"),
        ([Between("value", 1.0, 1.5)], "ab"),
        ([Between("value", high=3)], "abd"),
        ([Between("observed_at", at(1), at(2))], "bc"),
        ([Between("n", 1, 9), In("season", ("2025",)), Between("value", low=1.2)], "b"),
    ],
    ids=str,
)
def test_all_conditions_hold_and_null_satisfies_none(warehouse: Warehouse, where: list[Condition], things: str) -> None:
    put(
        warehouse,
        FACTS,
        row("a", 1.0, hour=0),
        row("b", 1.5, hour=1, n=2),
        row("c", None, hour=2, n=3),
        row("d", 2.0, hour=None, season="2026", game_day=TUESDAY),
    )
    assert warehouse.read(FACTS, where)["thing"].to_list() == list(things)
    assert sorted(warehouse.read(FACTS, where, columns=["thing"], in_order=False)["thing"]) == list(things)
    assert warehouse.count(FACTS, where) == len(things)


def test_columns_come_in_declared_order_and_rows_in_key_order(warehouse: Warehouse) -> None:
    put(warehouse, FACTS, row("b"), row("c", season="2024"), row("a", season="2026"))
    read = warehouse.read(FACTS, columns=["value", "season"])
    assert read.columns == ["season", "value"]
    assert read["season"].to_list() == ["2026", "2025", "2024"]


def test_an_unknown_column_is_named_with_a_suggestion(warehouse: Warehouse) -> None:
    with pytest.raises(InputError, match="did you mean 'season'"):
        warehouse.read(FACTS, [In("seasn", ("2025",))])
    with pytest.raises(InputError, match="did you mean 'value'"):
        warehouse.read(FACTS, columns=["vale"])


def test_as_of_is_refused_where_no_time_is_kept(warehouse: Warehouse) -> None:
    timeless = replace(FACTS, name="timeless", columns=FACTS.columns[:-1])
    with pytest.raises(InputError, match="no `observed_at`"):
        warehouse.read(timeless, as_of=NOON)
