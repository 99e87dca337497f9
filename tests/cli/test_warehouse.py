"""`propcast warehouse`: how tables stand, what is added, what is refused, and copies."""

import json

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Stamp
from propcast.tables import registry
from propcast.tables.reference import PLAYER_ALIASES
from propcast.tables.schema import Column, Table, text
from tests.cli.conftest import Run, run_in
from tests.emulators.bigquery import PROJECT, REGION, BigQueryEmulator, bigquery_emulator
from tests.pipeline.conftest import NOW

__all__ = ["bigquery_emulator"]

ONLY = ("--table", "player_aliases")


@pytest.fixture
def run(empty_home: Backends) -> Run:
    """Commands on a home with one alias, written by the declaration of today."""
    row = ("nba", "*", "big ivo", "nba:77", "somebody", NOW)
    frame = pl.DataFrame([row], schema=PLAYER_ALIASES.schema, orient="row")
    empty_home.warehouse.write(PLAYER_ALIASES, frame, Stamp("test", NOW))
    return run_in(empty_home)


def declare(monkeypatch: pytest.MonkeyPatch, *columns: Column) -> None:
    """Let the declaration of tomorrow have more columns."""
    told = PLAYER_ALIASES
    grown = Table(told.name, told.grain, (*told.columns, *columns), told.key, told.partition, told.rule)
    monkeypatch.setitem(registry.ALL, told.name, grown)


def test_tables_as_declared_are_told_so(run: Run) -> None:
    shown = run("warehouse", "plan").stdout
    assert shown == f"✓ 1 tables are as declared, {len(registry.ALL) - 1} were never written\n"
    (found,) = json.loads(run("warehouse", "plan", *ONLY, "--json").stdout)
    assert found == {"table": "player_aliases", "stored": True, "added": [], "refused": []}


def test_a_column_that_may_be_null_is_planned_then_added(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, *text("note", null=True))
    assert run("warehouse", "plan", *ONLY).stdout == "  player_aliases: would add note\n"
    assert run("warehouse", "apply", *ONLY).stdout == "  player_aliases: added note\n"
    assert run("warehouse", "plan", *ONLY).stdout.startswith("✓ 1 tables")


def test_anything_else_is_refused_with_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, *text("weight"), *text("note", null=True))
    for command in ("plan", "apply"):
        result = run("warehouse", command, *ONLY)
        assert result.exit_code == 7
        assert "weight is not there; it must not be null: declare it nullable" in result.stdout
        assert "would add note" in result.stdout


def test_a_warehouse_is_not_copied_to_itself(run: Run) -> None:
    assert run("warehouse", "copy", "--from", "local", "--to", "local").exit_code == 2


@pytest.mark.gcp
@pytest.mark.timeout(1200)
def test_a_copy_in_bigquery_and_back_is_verified_and_not_made_twice(
    run: Run, bigquery_emulator: BigQueryEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = bigquery_emulator.site()
    places = {"PROJECT_ID": PROJECT, "REGION": REGION, "DATASET_PREFIX": site.prefix, "BUCKET": "none"}
    for name, value in places.items():
        monkeypatch.setenv(f"PROPCAST_{name}", value)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", site.address)
    for source, target, equal in (("local", "gcp", False), ("local", "gcp", True), ("gcp", "local", True)):
        result = run("warehouse", "copy", "--from", source, "--to", target, *ONLY, "--json")
        assert json.loads(result.stdout) == [
            {"table": "player_aliases", "partitions": [], "rows": 1, "was_equal": equal}
        ]
