"""The analyzer of BigQuery's SQL takes every statement that we send (skips where it is not installed)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from propcast.backends.warehouse.bigquery.commits import Commit
from propcast.backends.warehouse.bigquery.layout import kind_of, stored_schema
from propcast.backends.warehouse.bigquery.statements import (
    Statement,
    Stored,
    View,
    counted,
    distinct,
    everything,
    identities,
    selected,
)
from propcast.backends.warehouse.port import Between, In
from propcast.tables.schema import Rule, Table, text
from tests.backends.samples import BY_RULE, FACTS, NOON, frame, row

pytestmark = [pytest.mark.gcp, pytest.mark.timeout(1200)]
SEASON = (In("season", ("2025",)), Between("value", 0, 1.5), In("game_day", (date(2025, 1, 1),)))
WIDE = replace(FACTS, columns=(*FACTS.columns, *text("colour", null=True)))


@pytest.fixture(scope="module")
def zetasql() -> Any:
    return pytest.importorskip("zetasql.api", reason="pip install zetasql to check statements offline")


def queries(table: Table) -> list[Statement]:
    stored = Stored(table, f"p.d.{table.name}", stored_schema(table).names())
    incoming = frame(row("a"), table=table)
    scope = SEASON[:1] if table.rule is Rule.SET else ()
    return [
        selected(stored, View(SEASON), ["thing", "value"]),
        selected(stored, View(SEASON, NOON, datetime(2025, 1, 1, tzinfo=UTC)), ["thing", "tags"]),
        distinct(stored, View(), ["season", "game_day"]),
        counted(stored, View(SEASON)),
        everything(stored, ["thing"]),
        identities(stored, f"p.d.{table.name}__commits", incoming, scope),
    ]


def scripts(table: Table) -> list[Statement]:
    name = f"p.d.{table.name}"
    commit = Commit(table, name, f"{name}__commits", "p.s.load_1", 0, "token", NOON)
    partitions = None if table.partition is None else frame(row("a"), table=table)[table.partition]
    return [commit.adding(begin=True), commit.replacing(partitions), commit.growing(["note", "tags"])]


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_scripts_parse(zetasql: Any, table: Table) -> None:
    for script in scripts(table):
        zetasql.Parser.parse_script_static(script.text)


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_queries_are_understood_with_their_types(zetasql: Any, table: Table) -> None:
    from zetasql import types

    language = types.LanguageOptions.maximum_features()
    options = types.AnalyzerOptions(language_options=language, allow_undeclared_parameters=True)
    analyzer = zetasql.Analyzer(options, catalog(zetasql, types, language, table))
    for query in queries(table):
        analyzer.analyze_statement(query.text)


def catalog(zetasql: Any, types: Any, language: Any, table: Table) -> Any:
    journal = zetasql.TableBuilder(f"p.d.{table.name}__commits")
    for name, kind in (("version", "INT64"), ("shape", "STRING"), ("is_last", "BOOL")):
        journal.add_column(name, types.TypeKind[f"TYPE_{kind}"])
    made = zetasql.TableBuilder(f"p.d.{table.name}")
    for name, dtype in stored_schema(table).items():
        kind = {"FLOAT64": "DOUBLE"}.get(kind_of(dtype), kind_of(dtype))
        made.add_column(name, types.TypeKind[f"TYPE_{kind}"])
    functions = types.ZetaSQLBuiltinFunctionOptions(language_options=language)
    return (
        zetasql.CatalogBuilder("c")
        .add_table(made.build())
        .add_table(journal.build())
        .with_builtin_functions(functions)
        .build()
    )
