"""Writes that break a contract: rejected whole, reported in one text, held in quarantine."""

import json

import polars as pl
import pytest

from propcast.backends.warehouse.port import Warehouse
from propcast.core.errors import ContractViolation
from propcast.tables.reference import QUARANTINE
from propcast.tables.schema import Table
from tests.backends.samples import (
    BY_RULE,
    FACTS,
    FIRST,
    NOON,
    SECOND,
    STATES,
    frame,
    put,
    row,
    values,
)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_a_write_that_breaks_the_contract_is_rejected_whole(warehouse: Warehouse, table: Table) -> None:
    put(warehouse, table, row("good"))
    with pytest.raises(ContractViolation):
        put(warehouse, table, row("fine", 2, hour=1), row("bad", 101))
    assert values(warehouse, table) == {"good": 1}
    assert warehouse.read(QUARANTINE)["table_name"].to_list() == [table.name]


def test_one_report_names_all_violations(warehouse: Warehouse) -> None:
    with pytest.raises(ContractViolation) as caught:
        put(warehouse, FACTS, row("a", -1), row("b", 101, n=3), row("c", 5, season=None), row("d", 1), row("d", 2))
    message = str(caught.value)
    assert "5 rows break the contract" in message
    for violation in ("value is outside 0…100 stat", "value is above n", "season is null", "key (thing) repeats"):
        assert violation in message


def test_rejected_rows_wait_in_quarantine_with_everything_wrong(warehouse: Warehouse) -> None:
    for _ in range(2):
        with pytest.raises(ContractViolation):
            put(warehouse, FACTS, row("a", 1), row("b", 101, n=3))
    held = warehouse.read(QUARANTINE).row(0, named=True)
    assert warehouse.count(QUARANTINE) == 1
    assert sorted(held["violations"]) == ["value is above n", "value is outside 0…100 stat"]
    assert json.loads(held["row_json"])["thing"] == "b"
    assert (held["state"], held["origin"], held["observed_at"]) == ("held", "write", NOON)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop("value"), "column value is missing"),
        (lambda f: f.with_columns(value=pl.lit("1")), "column value is String, declared Float64"),
        (lambda f: f.with_columns(extra=1), "column extra is not declared"),
    ],
    ids=["missing", "retyped", "unknown"],
)
def test_a_frame_of_another_shape_is_rejected(warehouse: Warehouse, change: object, message: str) -> None:
    assert callable(change)
    with pytest.raises(ContractViolation, match=message):
        warehouse.write(FACTS, change(frame(row("a"))), FIRST)
    assert warehouse.version(FACTS) == -1


def test_quarantine_counts_only_rows_that_are_new(warehouse: Warehouse) -> None:
    bad = frame(row("a", 101), row("b", 102), row("b", 102, hour=5)).with_columns(violations=pl.lit(["too high"]))
    assert warehouse.quarantine(STATES, bad, FIRST, origin="file.parquet") == 2
    assert warehouse.quarantine(STATES, bad, SECOND, origin="file.parquet") == 0
    assert warehouse.quarantine(FACTS, bad.head(1), SECOND, origin="file.parquet") == 1


def test_quarantine_leaves_the_state_of_a_replayed_row(warehouse: Warehouse) -> None:
    bad = frame(row("a", 101)).with_columns(violations=pl.lit(["too high"]))
    warehouse.quarantine(STATES, bad, FIRST, origin="file")
    held = warehouse.read(QUARANTINE)
    warehouse.write(QUARANTINE, held.with_columns(state=pl.lit("replayed")), SECOND)
    assert warehouse.quarantine(STATES, bad, SECOND, origin="file") == 0
    assert warehouse.read(QUARANTINE)["state"].to_list() == ["replayed"]


def test_a_broken_quarantine_row_raises_instead_of_quarantining_itself(warehouse: Warehouse) -> None:
    bad = frame(row("a", 101)).with_columns(violations=pl.lit(["too high"]))
    warehouse.quarantine(STATES, bad, FIRST, origin="file")
    with pytest.raises(ContractViolation):
        warehouse.write(QUARANTINE, warehouse.read(QUARANTINE).with_columns(state=pl.lit("lost")), SECOND)
    assert warehouse.count(QUARANTINE) == 1
