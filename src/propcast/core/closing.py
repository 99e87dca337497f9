"""Closing lines: the last quote of each book before the start, with the lead at which it was seen (DOMAIN 8.1, 9.3)."""

from datetime import timedelta

import polars as pl

from propcast.core.consensus import consensus
from propcast.core.freshness import IMPORTED
from propcast.core.odds import DEFAULT_DEVIG, DevigMethod
from propcast.core.pricing import main_lines, with_fair_prices
from propcast.core.reasons import Reason
from propcast.core.resolver import SUBJECT, known_quotes, known_starts, line_states
from propcast.core.seasons import seasons

CONSENSUS = "consensus"
TRUE_CLOSE_LEAD = timedelta(minutes=15)

_INSTANT_BEFORE = timedelta(microseconds=1)


def closing_lines(
    quotes: pl.DataFrame, polls: pl.DataFrame, events: pl.DataFrame, method: DevigMethod = DEFAULT_DEVIG
) -> pl.DataFrame:
    """Return `closing_lines` rows: each sportsbook's last main line before the start, and the consensus of them.

    `observed_at` is when the quote was last *seen* standing, not when it last changed. A close is true when that is
    within 15 minutes of the start. The start is the earlier of the event's own and the one that quotes last gave.
    """
    starts = _starts(quotes, events)
    moments = starts.select("event_id", (pl.col("start") - _INSTANT_BEFORE).alias("as_of"))
    states = line_states(quotes, polls, moments, IMPORTED)
    open_states = states.filter(pl.col("not_in_force").is_null() | (pl.col("not_in_force") == Reason.LINE_STALE))
    books = main_lines(with_fair_prices(open_states, method)).rename({"subject": "participant_id"})
    rows = pl.concat([_book_rows(books), _consensus_rows(states, method)])
    lead = pl.col("start") - pl.col("observed_at")
    return (
        rows.insert_column(rows.columns.index("game_day") + 1, seasons(rows))
        .join(starts, on="event_id")
        .with_columns(
            (lead.dt.total_microseconds() / 1e6).alias("lead_s"),
            (lead <= TRUE_CLOSE_LEAD).alias("is_true_close"),
        )
        .drop("start")
        .sort("event_id", "participant_id", "market", "book")
    )


_COLUMNS = (
    *("sport", "event_id", "participant_id", "market", "game_day", "book", "line", "over_price", "under_price"),
    *("p_over_devig", "implied_mean", "observed_at"),
)


def _starts(quotes: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    moments = events.select("event_id", pl.col("starts_at").alias("as_of"))
    quoted = known_starts(known_quotes(quotes.select("event_id", "starts_at", "observed_at"), moments))
    return (
        events.select("event_id", "starts_at")
        .join(quoted, on="event_id", how="left")
        .select("event_id", pl.min_horizontal("starts_at", "starts").alias("start"))
        .drop_nulls()
    )


def _book_rows(books: pl.DataFrame) -> pl.DataFrame:
    return books.with_columns(p_over_devig="p_over", observed_at="seen_at").select(_COLUMNS)


def _consensus_rows(states: pl.DataFrame, method: DevigMethod) -> pl.DataFrame:
    """The consensus of the quotes still standing at the last poll, last seen when its newest member was."""
    standing = states.filter(pl.col("not_in_force").is_null(), pl.col("book_type") == "sportsbook")
    seen = standing.group_by(SUBJECT).agg(pl.col("seen_at").max().alias("observed_at"))
    priced = consensus(standing.drop("seen_at"), method=method).filter(pl.col("n_books") > 0)
    return (
        priced.join(seen.rename({"subject": "participant_id"}), on=["event_id", "participant_id", "market"])
        .with_columns(
            pl.lit(CONSENSUS).alias("book"),
            pl.col("line_consensus").alias("line"),
            *(pl.lit(None, dtype=pl.Int64).alias(f"{side}_price") for side in ("over", "under")),
        )
        .select(_COLUMNS)
    )
