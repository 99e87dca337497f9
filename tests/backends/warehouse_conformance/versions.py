"""Versions, compaction and content hashes."""

from dataclasses import replace
from datetime import date

import pytest

from propcast.backends.warehouse.port import Between, In, Warehouse
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError
from propcast.tables.schema import Rule, Table
from tests.backends.samples import (
    BY_RULE,
    FACTS,
    FIRST,
    LATEST,
    QUOTES,
    SEASON_2025,
    SECOND,
    at,
    frame,
    put,
    row,
)


def test_a_version_reads_as_the_table_was(warehouse: Warehouse) -> None:
    first = put(warehouse, LATEST, row("a", 1)).version
    second = put(warehouse, LATEST, row("a", 2)).version
    assert second > first
    assert [warehouse.read(LATEST, version=v)["value"].to_list() for v in (-1, first, second)] == [[], [1], [2]]


def test_an_unknown_version_is_refused(warehouse: Warehouse) -> None:
    put(warehouse, LATEST, row("a", 1))
    with pytest.raises(InputError, match="no version 99"):
        warehouse.read(LATEST, version=99)


def test_version_at_follows_the_clock(warehouse: Warehouse, clock: FixedClock) -> None:
    versions = []
    for hour in (0, 2, 4):
        clock.instant = at(hour)
        versions.append(put(warehouse, LATEST, row("a", hour)).version)
    found = [warehouse.version_at(LATEST, at(hour)) for hour in (-1, 0, 1, 2, 9)]
    assert found == [-1, versions[0], versions[0], versions[1], versions[2]]


def test_compaction_changes_neither_content_nor_versions(warehouse: Warehouse) -> None:
    versions = [put(warehouse, FACTS, row(f"t{i}", i)).version for i in range(6)]
    content = warehouse.content_hash(FACTS)
    assert warehouse.compact(FACTS) >= 0
    assert warehouse.content_hash(FACTS) == content
    assert warehouse.count(FACTS) == 6
    assert [warehouse.read(FACTS, version=v).height for v in versions] == [1, 2, 3, 4, 5, 6]
    assert put(warehouse, FACTS, row("t0"), row("t9")).written == 1


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_content_hash_ignores_order_stamp_and_number_of_writes(
    warehouse: Warehouse, clock: FixedClock, table: Table
) -> None:
    rows = [row("a", 1), row("b", None), row("c", 3, season="2024")]
    twin = replace(table, name=f"{table.name}_twin")
    everything = [Between("season")] if table.rule is Rule.SET else []
    warehouse.write(table, frame(*rows, table=table), FIRST, scope=everything)
    clock.instant = at(9)
    for i in (2, 0, 1):
        scope = [In("thing", (str(rows[i]["thing"]),))] if table.rule is Rule.SET else []
        warehouse.write(twin, frame(rows[i], table=table), SECOND, scope=scope)
    assert warehouse.content_hash(table) == warehouse.content_hash(twin)


def test_content_hash_of_a_slice_notices_its_own_changes_only(warehouse: Warehouse) -> None:
    other = (In("season", ("2024",)),)
    put(warehouse, LATEST, row("a", 1), row("b", 1, season="2024"))
    ours, theirs = warehouse.content_hash(LATEST, SEASON_2025), warehouse.content_hash(LATEST, other)
    put(warehouse, LATEST, row("a", None))
    assert warehouse.content_hash(LATEST, SEASON_2025) != ours
    assert warehouse.content_hash(LATEST, other) == theirs


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_content_hashes_are_those_of_the_slices(warehouse: Warehouse, table: Table) -> None:
    rows = [row("a", 1), row("b", None), row("c", 3, season="2024")]
    scope = [Between("season")] if table.rule is Rule.SET else []
    warehouse.write(table, frame(*rows, table=table), FIRST, scope=scope)
    for column, values in (("season", ("2024", "2025", "1999")), ("thing", ("a", "b"))):
        slices = {value: warehouse.content_hash(table, [In(column, (value,))]) for value in values}
        assert warehouse.content_hashes(table, column, values) == slices
        assert len(set(slices.values())) == len(values)


def test_content_hash_of_quotes_tells_instants_apart(warehouse: Warehouse) -> None:
    put(warehouse, QUOTES, row("a", 1, hour=0), row("b", 1, hour=0, season="2026", game_day=date(2026, 1, 1)))
    before = warehouse.content_hash(QUOTES)
    put(warehouse, QUOTES, row("a", 1, hour=-1))
    assert warehouse.content_hash(QUOTES) != before
