"""What a table looks like in the store, and scratch tables that leave nothing behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from propcast.backends.scratch import scratch_name
from propcast.backends.warehouse.port import Warehouse
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from propcast.tables.schema import Table
from tests.backends.samples import BY_RULE, FACTS, at, put, row


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_a_live_table_has_the_declared_columns_and_partition(warehouse: Warehouse, table: Table) -> None:
    assert warehouse.live(table) is None
    put(warehouse, table, row("a"))
    live = warehouse.live(table)
    assert live is not None
    assert (dict(live.columns), live.partition) == (dict(table.schema), table.partition)


def test_a_live_table_is_shown_as_it_is_whatever_is_declared(warehouse: Warehouse) -> None:
    put(warehouse, FACTS, row("a"))
    live = warehouse.live(replace(FACTS, columns=FACTS.columns[:2], partition=None))
    assert live is not None
    assert (list(live.columns), live.partition) == (FACTS.schema.names(), FACTS.partition)


def test_a_discarded_scratch_table_is_gone_and_its_name_is_free(warehouse: Warehouse) -> None:
    table = replace(FACTS, name=scratch_name(at(0)))
    put(warehouse, table, row("a"))
    warehouse.discard(table)
    assert (warehouse.live(table), warehouse.count(table)) == (None, 0)
    warehouse.discard(table)
    assert put(warehouse, table, row("b")).written == 1
    assert warehouse.read(table)["thing"].to_list() == ["b"]


def test_only_scratch_tables_can_be_discarded(warehouse: Warehouse) -> None:
    put(warehouse, FACTS, row("a"))
    with pytest.raises(InputError, match="'facts' is not under _scratch/"):
        warehouse.discard(FACTS)
    assert warehouse.count(FACTS) == 1


def test_a_sweep_removes_old_scratch_tables_and_nothing_else(warehouse: Warehouse, clock: FixedClock) -> None:
    old, new = (replace(FACTS, name=scratch_name(at(hours))) for hours in (0, 2))
    for table in (old, new, FACTS):
        put(warehouse, table, row("a"))
    clock.instant = at(2)
    assert warehouse.sweep(clock.now() - timedelta(hours=1)) == 1
    assert [warehouse.count(table) for table in (old, new, FACTS)] == [0, 1, 1]
    assert warehouse.sweep(clock.now() - timedelta(hours=1)) == 0
