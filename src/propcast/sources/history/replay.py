"""Rows held back for their name, made whole once an alias says who it is."""

from dataclasses import dataclass

import polars as pl

from propcast.sources import names
from propcast.sources.history.mlb_box import STATCAST
from propcast.sources.history.parsed import UNRESOLVED, Rows, sort_rows
from propcast.tables.content import ids
from propcast.tables.contract import VIOLATIONS
from propcast.tables.raw import RAW_MLB_PITCHER_GAME, RAW_QUOTES
from propcast.tables.schema import Table

REPLAYABLE: tuple[Table, ...] = (RAW_QUOTES, RAW_MLB_PITCHER_GAME)
"""Tables whose rows can wait for a name."""


@dataclass(frozen=True)
class Replay:
    """Held rows of one table that an alias resolves.

    Attributes:
        rows: the rows as they should have been written; `bad` ones break the table's contract now that they are named.
        held: their quarantine rows (of the good ones only), still in state `held`.
        resolved: `sport, vendor, raw_name, vendor_event_id` of the names, for the queue.
    """

    rows: Rows
    held: pl.DataFrame
    resolved: pl.DataFrame


def replay(table: Table, quarantined: pl.DataFrame, aliases: pl.DataFrame) -> Replay:
    """Return what the aliases make of quarantine rows of a replayable table; others than unresolved names stay."""
    waiting = quarantined.filter(
        pl.col("table_name") == table.name,
        pl.col("state") == "held",
        pl.col(VIOLATIONS) == pl.lit([UNRESOLVED]),
    )
    content = waiting.select(pl.col("row_json").str.json_decode(pl.Struct(table.schema)).alias("row")).unnest("row")
    mentions = content.with_columns(*_mention(table)).with_columns(waiting["row_id"])
    named = names.with_aliases(names.with_name_keys(mentions, "mentioned"), aliases)
    known = named.filter(pl.col("by_alias").is_not_null())
    whole = known.with_columns(_identity(table))
    if table is RAW_QUOTES:
        whole = whole.with_columns(ids(whole, RAW_QUOTES.key).alias("quote_id"))
    rows, _ = sort_rows(table, whole)
    written = whole.join(rows.good, on=list(table.key), how="semi", nulls_equal=True)
    return Replay(
        rows=rows,
        held=waiting.join(written, on="row_id", how="semi"),
        resolved=written.select(
            "sport", "vendor", pl.col("mentioned").alias("raw_name"), pl.col("mentioned_at").alias("vendor_event_id")
        ).unique(),
    )


def _mention(table: Table) -> list[pl.Expr]:
    """Say who was named by whom, at which event."""
    if table is RAW_QUOTES:
        return [pl.col("raw_name").alias("mentioned"), pl.col("vendor_event_id").alias("mentioned_at")]
    return [
        pl.lit("mlb").alias("sport"),
        pl.lit(STATCAST).alias("vendor"),
        pl.col("pitcher_name").alias("mentioned"),
        pl.col("event_id").alias("mentioned_at"),
    ]


def _identity(table: Table) -> pl.Expr:
    if table is RAW_QUOTES:
        return pl.col("by_alias").alias("subject")
    return pl.col("by_alias").str.split(":").list.last().cast(pl.Int64).alias("pitcher_id")
