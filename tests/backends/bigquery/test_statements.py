"""Statements hold names from declarations and parameters; no value ever becomes text."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from propcast.backends.warehouse.bigquery.commits import Commit
from propcast.backends.warehouse.bigquery.conditions import Parameters, predicate
from propcast.backends.warehouse.bigquery.names import Names
from propcast.backends.warehouse.bigquery.statements import Statement, Stored, View, counted, identities, selected
from propcast.backends.warehouse.port import Between, In
from propcast.core.errors import InputError
from tests.backends.samples import BY_RULE, FACTS, LATEST, NOON, QUOTES, STATES, frame, row

EVIL = "x') OR TRUE; DROP TABLE `facts`; --"
NAMES = Names.of("p", "staging_")


def test_values_are_parameters_whatever_they_hold() -> None:
    parameters = Parameters()
    text = predicate(FACTS, [In("thing", (EVIL,)), Between("note", EVIL, EVIL)], parameters)
    assert "DROP" not in text
    assert [each.to_api_repr()["parameterValue"] for each in parameters.values] == [
        {"arrayValues": [{"value": EVIL}]},
        {"value": EVIL},
        {"value": EVIL},
    ]


def test_names_that_are_no_identifiers_are_refused() -> None:
    for name in ("a`b", "a b", "a;b", ""):
        with pytest.raises(InputError, match="cannot be a name in BigQuery"):
            NAMES.table(name)
    with pytest.raises(InputError, match="no column"):
        predicate(FACTS, [In("thing` = 'a' OR `thing", ("a",))], Parameters())


def test_an_environment_names_its_own_datasets() -> None:
    assert NAMES.table("facts") == "p.staging_warehouse.facts"
    assert NAMES.table("_scratch/20251024T120000-ab") == "p.staging_scratch.t20251024T120000_ab"
    assert NAMES.staging("20251024T120000").startswith("p.staging_scratch.load_20251024T120000_")


def test_values_that_a_column_cannot_hold_match_nothing() -> None:
    parameters = Parameters()
    predicate(FACTS, [In("n", (1, "one"))], parameters)
    assert parameters.values[0].to_api_repr()["parameterValue"] == {"arrayValues": [{"value": "1"}]}


def test_a_season_is_also_asked_for_by_its_partition_unless_it_has_none() -> None:
    assert "`partition_season` IN" in predicate(FACTS, [In("season", ("2024-25", "2025"))], Parameters())
    assert "partition_season" not in predicate(FACTS, [In("season", ("2025", "it's"))], Parameters())


def test_a_table_by_day_is_always_asked_for_days() -> None:
    stored = Stored(QUOTES, "p.d.quotes", QUOTES.schema)
    assert "`game_day` >= DATE '0001-01-01'" in counted(stored, View()).text
    assert "0001" not in counted(stored, View([In("game_day", (date(2025, 1, 1),))])).text


def test_only_columns_that_are_needed_are_read() -> None:
    text = selected(Stored(FACTS, "p.d.facts", FACTS.schema), View(), ["thing"]).text
    assert text.startswith("SELECT `thing`\nFROM `p.d.facts`")


def test_a_filter_on_content_comes_after_the_latest_state() -> None:
    text = selected(Stored(STATES, "t", STATES.schema), View([In("note", ("x",)), In("season", ("2025",))]), ["n"]).text
    inside, outside = text.split("QUALIFY")
    assert "`season` IN" in inside
    assert "`note` IN" not in inside
    assert "`note` IN" in outside


def test_a_moment_is_a_parameter() -> None:
    view = View(as_of=NOON, moment=datetime(2025, 1, 1, tzinfo=UTC))
    text = selected(Stored(FACTS, "t", FACTS.schema), view, ["n"]).text
    assert "FOR SYSTEM_TIME AS OF @p" in text
    assert "2025" not in text


@pytest.mark.parametrize("table", BY_RULE, ids=lambda t: t.name)
def test_no_row_of_a_write_is_in_a_statement(table: object) -> None:
    assert table in BY_RULE
    declared = next(each for each in BY_RULE if each is table)
    rows = frame(row(EVIL, season=EVIL, note=EVIL), table=declared)
    commit = Commit(declared, "t", "t__commits", "s", 3, EVIL, NOON)
    partitions = None if declared.partition is None else rows[declared.partition]
    for made in (
        identities(Stored(declared, "t", declared.schema), "j", rows, [In("note", (EVIL,))]),
        commit.adding(begin=True),
        commit.replacing(partitions),
        commit.growing(["note"]),
    ):
        assert isinstance(made, Statement)
        assert "DROP TABLE `facts`" not in made.text


def test_a_key_that_may_be_null_is_compared_as_a_value() -> None:
    noted = replace(LATEST, key=("thing", "note"))
    text = Commit(noted, "t", "j", "s", 0, "k", NOON).replacing(pl.Series(["2025"])).text
    assert "(t.`note` = s.`note` OR (t.`note` IS NULL AND s.`note` IS NULL))" in text
    assert "t.`thing` = s.`thing` AND" in text
