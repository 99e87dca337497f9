"""A table in BigQuery follows from its declaration alone."""

from dataclasses import replace

import polars as pl
import pytest

from propcast.backends.warehouse.bigquery.layout import definition, fields, laid_out, live, shape, stored_schema
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.registry import ALL
from propcast.tables.schema import Table, text
from tests.backends.samples import FACTS, QUOTES, SMALL


@pytest.mark.parametrize("table", ALL.values(), ids=lambda t: t.name)
def test_every_declared_table_can_be_made_and_looks_as_declared(table: Table) -> None:
    made = definition(table, f"p.d.{table.name}")
    day = None if made.time_partitioning is None else made.time_partitioning.field
    seen = live(table, made.schema, day)
    assert (dict(seen.columns), seen.partition) == (dict(table.schema), table.partition)
    assert 1 <= len(made.clustering_fields) <= 4
    assert (made.description, made.labels["rule"]) == (table.grain, table.rule.lower())


def test_partitions_are_days_or_the_years_that_seasons_begin_in() -> None:
    by_day, by_season = (definition(table, "p.d.t") for table in (QUOTES, FACTS))
    assert (by_day.time_partitioning.field, by_day.require_partition_filter) == ("game_day", True)
    assert by_season.range_partitioning.field == "partition_season"
    assert definition(SMALL, "p.d.t").range_partitioning is None


def test_rows_get_the_year_of_their_season() -> None:
    rows = pl.DataFrame({"season": ["2024-25", "2025", "it's", None]})
    frame = rows.select(pl.lit(None, dtype=kind).alias(name) if name not in rows else pl.col(name)
                        for name, kind in stored_schema(FACTS).items() if name != "partition_season")  # fmt: skip
    assert laid_out(FACTS, frame)["partition_season"].to_list() == [2024, 2025, None, None]


def test_columns_say_unit_range_and_whether_they_may_be_null() -> None:
    described = {each.name: each.description for each in fields(FACTS)}
    assert described["value"] == "stat; from 0 to 100"
    assert described["thing"] == "never null"
    chosen = replace(FACTS, columns=(*FACTS.columns, *text("colour", choices=("red", "blue"))))
    assert {each.name: each.description for each in fields(chosen)}["colour"] == "one of red, blue; never null"


def test_floats_are_no_clusters() -> None:
    assert "line" not in definition(RAW_QUOTES, "p.d.t").clustering_fields


def test_a_shape_changes_with_columns_not_with_their_order() -> None:
    assert shape(FACTS) == shape(replace(FACTS, columns=FACTS.columns[::-1]))
    assert shape(FACTS) != shape(replace(FACTS, columns=(*FACTS.columns, *text("colour", null=True))))
