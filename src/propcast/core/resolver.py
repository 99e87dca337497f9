"""The one line resolver: which quotes stand for an event as of a moment, and why the others do not (DOMAIN 8.1).

Quotes and polls are frames of `raw_quotes` and `raw_quote_polls`; a moment frame has one `as_of` per `event_id`.
"""

from datetime import datetime, timedelta

import polars as pl

from propcast.core.freshness import IMPORTED, Freshness
from propcast.core.reasons import Reason

SUBJECT = ("event_id", "market", "subject")
OFFER = (*SUBJECT, "book", "line")

_JUDGED = ("starts", "newest_poll_at", "seen_at", "not_in_force")

_INSTANT = pl.Datetime("us", "UTC")
_UNPOLLED_LEAD = timedelta(hours=1)
_UNSCHEDULED_HOUR = timedelta(hours=16)


def event_as_of(events: pl.DataFrame, polls: pl.DataFrame, override: datetime | None = None) -> pl.DataFrame:
    """Return `event_id`, `as_of`: the moment at which each event is forecast.

    That is the newest poll before its start, else one hour before the start, else (no start known) 16:00 UTC of the
    game day. An override is taken for every event as it is.
    """
    if override is not None:
        return events.select("event_id", pl.lit(override, dtype=_INSTANT).alias("as_of"))
    unscheduled = pl.col("game_day").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + _UNSCHEDULED_HOUR
    newest = (
        polls.select("event_id", "poll_at")
        .join(events.select("event_id", "starts_at"), on="event_id")
        .filter(pl.col("poll_at") < pl.col("starts_at"))
        .group_by("event_id")
        .agg(pl.col("poll_at").max())
    )
    return events.join(newest, on="event_id", how="left", maintain_order="left").select(
        "event_id", pl.coalesce("poll_at", pl.col("starts_at") - _UNPOLLED_LEAD, unscheduled).alias("as_of")
    )


def line_at(
    quotes: pl.DataFrame, polls: pl.DataFrame, as_of: pl.DataFrame, freshness: Freshness = IMPORTED
) -> pl.DataFrame:
    """Return the quotes in force at each event's moment: `raw_quotes` columns and `as_of`, one row per offer.

    In force is the latest state of an offer with `observed_at ≤ as_of <` start, open, and from a book whose last
    answer is fresh. Nothing observed after `as_of` or in play can pass.
    """
    return in_force(line_states(quotes, polls, as_of, freshness))


def in_force(states: pl.DataFrame) -> pl.DataFrame:
    """Return those of `line_states` that stand, as `line_at` does."""
    return states.filter(pl.col("not_in_force").is_null()).drop(*_JUDGED)


def reasons_without_line(states: pl.DataFrame) -> pl.DataFrame:
    """Return `event_id`, `participant_id`, `market`, `reasons` of everybody quoted who has no quote in force."""
    return (
        states.group_by("event_id", pl.col("subject").alias("participant_id"), "market")
        .agg(
            pl.col("not_in_force").unique().sort().alias("reasons"),
            pl.col("not_in_force").is_null().any().alias("has_line"),
        )
        .filter(~pl.col("has_line"))
        .drop("has_line")
        .sort("event_id", "participant_id", "market")
    )


def line_states(
    quotes: pl.DataFrame, polls: pl.DataFrame, as_of: pl.DataFrame, freshness: Freshness = IMPORTED
) -> pl.DataFrame:
    """Return the latest state of every offer known at `as_of`, with what the resolver knows about it.

    Adds `as_of`, `starts` (start as last known), `seen_at` (last moment at which the offer was seen standing),
    `newest_poll_at` and `not_in_force` (a reason, or null for a quote in force).
    """
    known, asked = known_quotes(quotes, as_of), _polls_until(polls, as_of).lazy()
    latest = known.lazy().filter(pl.col("observed_at") == pl.col("observed_at").max().over(OFFER))
    return (
        latest.join(known_starts(known).lazy(), on="event_id", how="left")
        .join(_answers(asked), on=["event_id", "market", "source", "book"], how="left")
        .join(_newest_polls(asked), on=["event_id", "market", "source"], how="left")
        .with_columns(pl.max_horizontal("observed_at", "answered_at").alias("seen_at"))
        .with_columns(_not_in_force(freshness).alias("not_in_force"))
        .drop("answered_at")
        .sort(OFFER)
        .collect()
    )


def known_quotes(quotes: pl.DataFrame, as_of: pl.DataFrame) -> pl.DataFrame:
    """Return every state observed at or before `as_of` and before its own start; unknown times never qualify."""
    before_start = pl.col("starts_at").is_null() | (pl.col("observed_at") < pl.col("starts_at"))
    moments = as_of.select("event_id", "as_of")
    timed = quotes.select("event_id").join(moments, on="event_id", how="left", validate="m:1", maintain_order="left")
    return quotes.with_columns(timed["as_of"]).filter(pl.col("observed_at") <= pl.col("as_of"), before_start)


def known_starts(known: pl.DataFrame) -> pl.DataFrame:
    """Return `event_id`, `starts`: the start as the latest of these quotes gives it (the earlier one of a tie)."""
    return (
        known.filter(pl.col("starts_at").is_not_null())
        .group_by("event_id")
        .agg(pl.col("starts_at").filter(pl.col("observed_at") == pl.col("observed_at").max()).min().alias("starts"))
    )


def two_sided() -> pl.Expr:
    """Return whether an offer has a price on both sides."""
    return pl.col("over_price").is_not_null() & pl.col("under_price").is_not_null()


def _not_in_force(freshness: Freshness) -> pl.Expr:
    return (
        pl.when(pl.col("starts").is_null() | pl.col("starts_at").is_null())
        .then(pl.lit(Reason.START_TIME_UNKNOWN.value))
        .when(pl.col("as_of") >= pl.col("starts"))
        .then(pl.lit(Reason.GAME_STARTED.value))
        .when(~pl.col("is_open"))
        .then(pl.lit(Reason.LINE_WITHDRAWN.value))
        .when(~freshness.holds())
        .then(pl.lit(Reason.LINE_STALE.value))
    )


def _polls_until(polls: pl.DataFrame, as_of: pl.DataFrame) -> pl.DataFrame:
    known = polls.join(as_of.select("event_id", "as_of"), on="event_id")
    return known.filter(pl.col("poll_at") <= pl.col("as_of"))


def _newest_polls(asked: pl.LazyFrame) -> pl.LazyFrame:
    return asked.group_by("event_id", "market", "source").agg(pl.col("poll_at").max().alias("newest_poll_at"))


def _answers(asked: pl.LazyFrame) -> pl.LazyFrame:
    """Return when each book last answered about each event and market."""
    return (
        asked.select("event_id", "market", "source", "poll_at", pl.col("books_answered").alias("book"))
        .explode("book")
        .group_by("event_id", "market", "source", "book")
        .agg(pl.col("poll_at").max().alias("answered_at"))
    )
