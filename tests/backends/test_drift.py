"""Stored tables that differ from their declarations are grown or refused, on every adapter alike."""

from dataclasses import replace

import polars as pl
import pytest

from propcast.backends.warehouse.drift import Drift, drift, drifts, migrate
from propcast.backends.warehouse.port import Live, Warehouse
from propcast.core.errors import StoreConflict
from propcast.tables.schema import Column, text
from tests.backends.samples import FACTS, FIRST, LATEST, SLICES, put, row

AS_DECLARED = Live(dict(FACTS.schema), FACTS.partition)


def without(name: str) -> Live:
    return Live({each: dtype for each, dtype in AS_DECLARED.columns.items() if each != name}, FACTS.partition)


def test_a_table_as_declared_or_absent_does_not_drift() -> None:
    assert drift(FACTS, AS_DECLARED) == Drift("facts")
    assert drift(FACTS, None) == Drift("facts", stored=False)
    assert drift(FACTS, None).is_none


def test_a_missing_column_is_added_if_it_may_be_null_and_refused_otherwise() -> None:
    assert drift(FACTS, without("note")) == Drift("facts", added=("note",))
    found = drift(FACTS, without("season"))
    assert (found.added, len(found.refused)) == ((), 1)
    assert "season is not there" in found.refused[0]


@pytest.mark.parametrize(
    ("live", "sentence"),
    [
        (Live({**AS_DECLARED.columns, "n": pl.String()}, "season"), "n is String, declared Int64; a type is never"),
        (Live({**AS_DECLARED.columns, "x": pl.Int64()}, "season"), "x is not declared; a newer version wrote it"),
        (Live(AS_DECLARED.columns, "game_day"), "the partition is game_day, declared season"),
    ],
    ids=["retyped", "foreign", "partition"],
)
def test_what_is_not_added_is_refused_with_what_to_do(live: Live, sentence: str) -> None:
    assert drift(FACTS, live).refused[0].startswith(sentence)


@pytest.mark.parametrize("table", [LATEST, SLICES], ids=lambda t: t.name)
@pytest.mark.proves("L21")
def test_migration_adds_columns_and_changes_no_row(warehouse: Warehouse, table: object) -> None:
    assert table in (LATEST, SLICES)
    old = LATEST if table is LATEST else SLICES
    put(warehouse, old, row("a", 1), row("b", 2))
    wide = replace(old, columns=(*old.columns, *text("colour", null=True)))
    assert drifts(warehouse, [wide])[0].added == ("colour",)
    migrate(warehouse, wide, FIRST)
    assert drifts(warehouse, [wide]) == [Drift(old.name)]
    assert put(warehouse, wide, row("a", 1, colour=None), row("b", 2, colour=None)).unchanged == 2


def test_migration_refuses_what_a_newer_version_wrote(warehouse: Warehouse) -> None:
    put(warehouse, replace(FACTS, columns=(*FACTS.columns, Column("x", pl.Int64(), nullable=True))), row("a", x=1))
    assert drifts(warehouse, [FACTS])[0].refused
    with pytest.raises(StoreConflict, match="x as Int64"):
        migrate(warehouse, FACTS, FIRST)
