"""Table declarations and what can be asked of them."""

from dataclasses import replace

import polars as pl
import pytest
from polars.exceptions import InvalidOperationError

from propcast.core.errors import InputError
from propcast.tables.schema import INSTANT, Rule, Table, count, instant, number, text

PRICES = Table(
    "prices",
    "one price",
    (*text("book"), *count("price", null=True), *number("line"), *instant("observed_at")),
    key=("book", "observed_at"),
    partition=None,
    rule=Rule.LOG,
)


def test_the_schema_is_the_declared_order() -> None:
    assert list(PRICES.schema.items()) == [
        ("book", pl.String()),
        ("price", pl.Int64()),
        ("line", pl.Float64()),
        ("observed_at", INSTANT),
    ]
    assert PRICES.empty().schema == PRICES.schema


def test_the_time_of_observation_is_no_content() -> None:
    """With the poll time in the hash nothing would ever be equal to what is stored."""
    assert PRICES.content_columns == ("book", "price", "line")


def test_every_other_column_is_content() -> None:
    """A correction of any column must change the hash."""
    wider = replace(PRICES, columns=(*PRICES.columns, *number("limit", null=True)))
    assert wider.content_columns == ("book", "price", "line", "limit")


def test_conform_orders_casts_and_fills_nullable_columns() -> None:
    loose = pl.DataFrame({"line": [24], "book": ["a"], "observed_at": ["x"]}).with_columns(
        observed_at=pl.lit(None, INSTANT)
    )
    assert PRICES.conform(loose).schema == PRICES.schema
    assert PRICES.conform(loose).row(0) == ("a", None, 24.0, None)


def test_conform_leaves_a_required_column_missing_for_the_contract_to_report() -> None:
    assert PRICES.conform(pl.DataFrame({"book": ["a"]})).columns == ["book", "price"]


@pytest.mark.proves("L41")
def test_conform_never_turns_what_it_cannot_read_into_null() -> None:
    with pytest.raises(InvalidOperationError):
        PRICES.conform(pl.DataFrame({"book": ["a"], "line": ["24½"]}))


def test_an_unknown_column_is_refused_by_name() -> None:
    assert PRICES.column("line").dtype == pl.Float64()
    with pytest.raises(InputError, match="prices has no column 'lines'"):
        PRICES.column("lines")
