"""Every declared table is sound: the rules of storage rely on it."""

import pytest

from propcast.core.errors import InputError
from propcast.tables.registry import ALL, table
from propcast.tables.schema import LINEAGE, Rule, Table

TABLES = pytest.mark.parametrize("declared", ALL.values(), ids=lambda t: str(t.name))


def test_a_table_is_found_by_name_and_a_typo_gets_a_suggestion() -> None:
    assert table("raw_quotes").name == "raw_quotes"
    with pytest.raises(InputError, match="did you mean 'raw_quotes'"):
        table("raw_quote")


@TABLES
def test_columns_are_unique_and_none_is_lineage(declared: Table) -> None:
    names = [c.name for c in declared.columns]
    assert len(set(names)) == len(names)
    assert not {*LINEAGE, "row_hash", "revision"} & set(names)


@TABLES
def test_key_and_partition_are_declared_columns(declared: Table) -> None:
    assert declared.key
    assert {*declared.key} <= set(declared.schema)
    assert declared.partition is None or not declared.column(declared.partition).nullable


@TABLES
def test_only_an_unknown_time_may_be_null_in_a_key(declared: Table) -> None:
    assert {name for name in declared.key if declared.column(name).nullable} <= {"observed_at"}


@TABLES
def test_a_history_of_states_says_when_they_were_observed(declared: Table) -> None:
    assert declared.rule is not Rule.LOG or "observed_at" in declared.schema


@TABLES
def test_ranges_are_ranges(declared: Table) -> None:
    for column in declared.columns:
        assert column.low is None or column.high is None or column.low < column.high, column.name


@TABLES
@pytest.mark.proves("E4")
def test_a_key_has_content_beside_the_time(declared: Table) -> None:
    assert set(declared.key) - {"observed_at"} <= set(declared.content_columns)


@TABLES
def test_checks_speak_of_declared_columns(declared: Table) -> None:
    declared.empty().select(check.holds.alias(check.name) for check in declared.checks)
