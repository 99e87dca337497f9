"""The analyzer of BigQuery's SQL takes every statement that we send (skips where it is not installed)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from google.cloud.bigquery import ScalarQueryParameter

from propcast.backends.warehouse.bigquery.commits import Commit
from propcast.backends.warehouse.bigquery.conditions import Parameter
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
    known = catalog(zetasql, types, language, table)
    for query in queries(table):
        declared = [declaration(types, parameter) for parameter in query.parameters]
        options = types.AnalyzerOptions(language_options=language, query_parameters=declared)
        zetasql.Analyzer(options, known).analyze_statement(query.text)


def declaration(types: Any, parameter: Parameter) -> Any:
    """A parameter's name and type, as the client declares it."""
    if isinstance(parameter, ScalarQueryParameter):
        kind = plain(types, parameter.type_)
    else:
        of = types.ArrayType(element_type=plain(types, parameter.array_type))
        kind = types.Type(type_kind=types.TypeKind.TYPE_ARRAY, array_type=of)
    return types.AnalyzerOptions.QueryParameter(name=parameter.name, type=kind)


def plain(types: Any, kind: str) -> Any:
    return types.Type(type_kind=type_kind(types, kind))


def type_kind(types: Any, kind: str) -> Any:
    return types.TypeKind[f"TYPE_{'DOUBLE' if kind == 'FLOAT64' else kind}"]


def catalog(zetasql: Any, types: Any, language: Any, table: Table) -> Any:
    journal = zetasql.TableBuilder(f"p.d.{table.name}__commits")
    for name, kind in (("version", "INT64"), ("shape", "STRING"), ("is_last", "BOOL")):
        journal.add_column(name, type_kind(types, kind))
    made = zetasql.TableBuilder(f"p.d.{table.name}")
    for name, dtype in stored_schema(table).items():
        made.add_column(name, type_kind(types, kind_of(dtype)))
    functions = types.ZetaSQLBuiltinFunctionOptions(language_options=language)
    return (
        zetasql.CatalogBuilder("c")
        .add_table(made.build())
        .add_table(journal.build())
        .with_builtin_functions(functions)
        .build()
    )
