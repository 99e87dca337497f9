"""Tables whose declaration grows after they were written."""

from dataclasses import replace

import pytest

from propcast.backends.warehouse.port import Warehouse
from propcast.core.errors import StoreConflict
from propcast.tables.schema import Column, Table, text
from tests.backends.samples import (
    BY_RULE,
    FACTS,
    counts,
    put,
    row,
)


def widened(table: Table, *columns: Column) -> Table:
    return replace(table, columns=(*table.columns, *columns))


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
@pytest.mark.proves("L21")
def test_a_nullable_column_declared_later_reads_as_null_and_can_be_written(warehouse: Warehouse, table: Table) -> None:
    put(warehouse, table, row("a"), row("b"))
    wide = widened(table, *text("colour", null=True))
    assert warehouse.read(wide)["colour"].to_list() == [None, None]
    again = [row("a", colour=None), row("b", colour=None), row("c", colour="red")]
    assert counts(put(warehouse, wide, *again)) == (1, 2, 0, 0)
    assert warehouse.read(wide, columns=["thing", "colour"]).rows() == [("a", None), ("b", None), ("c", "red")]


@pytest.mark.proves("L21")
def test_a_required_column_declared_later_is_refused(warehouse: Warehouse) -> None:
    put(warehouse, FACTS, row("a"))
    with pytest.raises(StoreConflict, match="lacks colour"):
        warehouse.read(widened(FACTS, *text("colour")))


@pytest.mark.proves("L21")
def test_an_older_declaration_may_read_but_not_write_a_newer_table(warehouse: Warehouse) -> None:
    put(warehouse, widened(FACTS, *text("colour", null=True)), row("a", colour="red"))
    assert warehouse.read(FACTS)["thing"].to_list() == ["a"]
    with pytest.raises(StoreConflict, match="colour"):
        put(warehouse, FACTS, row("b"))
