"""Offers → `raw_quotes`, with the polls in which they stood and the withdrawals that the polls imply."""

from dataclasses import dataclass

import polars as pl

from propcast.core.markets import MARKETS, Market
from propcast.sources import names
from propcast.sources.history.instants import SLATE_KNOWN_AT, at
from propcast.sources.history.offers import VENDOR
from propcast.sources.history.parsed import UNRESOLVED, Fault, ParsedFile, Rows, sort_rows
from propcast.sources.history.polls import snapshot_polls, standing_polls, withdrawals
from propcast.tables.content import ids
from propcast.tables.contract import VIOLATIONS
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES


@dataclass(frozen=True)
class Known:
    """What the rest of the history tells about quotes.

    Attributes:
        events: vendor events as `vendor_events.map_events` returns them.
        starts: `event_id, starts_at` of games whose start only the league announced.
        appearances: see `sources.names`.
        aliases: `player_aliases`.
    """

    events: pl.DataFrame
    starts: pl.DataFrame
    appearances: pl.DataFrame
    aliases: pl.DataFrame


def read_snapshots(name: str, offers: pl.DataFrame, known: Known) -> ParsedFile:
    """A file of snapshots → quotes, and one poll per event, market and snapshot."""
    quotes = _quotes(offers, known)
    rows, merged = sort_rows(RAW_QUOTES, quotes, _faults())
    standing = _standing(rows, quotes)
    polls, _ = sort_rows(RAW_QUOTE_POLLS, snapshot_polls(standing))
    return ParsedFile(name, offers.height, merged, rows, (polls,), _queue(standing))


def read_change_log(name: str, offers: pl.DataFrame, known: Known) -> ParsedFile:
    """A file of offers with first and last sight → a state row each, withdrawals and polls."""
    quotes = _quotes(offers, known)
    rows, merged = sort_rows(RAW_QUOTES, quotes, _faults())
    standing = _standing(rows, quotes)
    closed, _ = sort_rows(RAW_QUOTES, _identified(withdrawals(standing)), [_NO_SUBJECT])
    polls, _ = sort_rows(RAW_QUOTE_POLLS, standing_polls(standing))
    return ParsedFile(name, offers.height, merged, rows, (closed, polls), _queue(standing))


def _quotes(offers: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return the offers as quotes, with the columns that the faults look at; rows and order stay."""
    events = known.events.select("sport", "vendor_event_id", "event_id", pl.col("starts_at").alias("vendor_start"))
    league = known.starts.select("event_id", pl.col("starts_at").alias("league_start"))
    mapped = offers.join(events, on=["sport", "vendor_event_id"], how="left", maintain_order="left")
    timed = mapped.join(league, on="event_id", how="left", maintain_order="left")
    mentions = timed.with_columns(
        pl.lit(VENDOR).alias("vendor"),
        pl.coalesce("observed_at", at(pl.col("game_day"), SLATE_KNOWN_AT)).alias("known_at"),
    )
    return _identified(
        names.resolve(mentions, known.appearances, known.aliases).with_columns(
            _market().alias("market"),
            pl.col("participant_id").alias("subject"),
            _whole("over_price").alias("over_price"),
            _whole("under_price").alias("under_price"),
            (_is_fraction("over_price") | _is_fraction("under_price")).alias("has_fractional_price"),
            pl.coalesce("commence_time", "league_start", "vendor_start").alias("starts_at"),
            pl.lit(True).alias("is_open"),
        )
    )


def _identified(quotes: pl.DataFrame) -> pl.DataFrame:
    return quotes.with_columns(ids(quotes, RAW_QUOTES.key).alias("quote_id"))


def _standing(rows: Rows, quotes: pl.DataFrame) -> pl.DataFrame:
    """Return the quotes that were really on offer: the good ones, and those held back for their name alone."""
    held = rows.bad.filter(pl.col(VIOLATIONS) == pl.lit([UNRESOLVED]))
    identity = ["quote_id", "raw_name"]
    standing = pl.concat([rows.good.select(identity), held.select(identity)])
    return quotes.join(standing, on=identity, how="semi")


def _queue(standing: pl.DataFrame) -> pl.DataFrame:
    return names.queue(standing.filter(pl.col("subject").is_null()))


def _market() -> pl.Expr:
    """Translate the feed's market key; the value of a line never decides it."""
    keys = {key: market.name for market in MARKETS.values() for key in market.feed_keys}
    return pl.col("feed_market").replace_strict(keys, default=None, return_dtype=pl.String())


def _whole(price: str) -> pl.Expr:
    return pl.col(price).cast(pl.Int64, strict=False)


def _is_fraction(price: str) -> pl.Expr:
    value = pl.col(price)
    return (~(value.is_finite() & (value == value.round()))).fill_null(False)


_NO_SUBJECT = Fault(UNRESOLVED, pl.col("subject").is_null())


def _faults() -> list[Fault]:
    """What a quote can have wrong that its table cannot tell; an unresolved name comes last."""
    return [
        Fault("home_team or away_team is null: no game to map to", pl.col("home").is_null() | pl.col("away").is_null()),
        Fault("market is none of ours", pl.col("market").is_null()),
        Fault("pregame is false (in play)", pl.col("is_in_play")),
        *(_out_of_range(market) for market in MARKETS.values()),
        Fault("a price is not a whole American price", pl.col("has_fractional_price")),
        Fault("both prices are null", pl.col("over_price").is_null() & pl.col("under_price").is_null()),
        Fault("last_seen_ts is before first_seen_ts", pl.col("last_seen_at") < pl.col("observed_at")),
        _NO_SUBJECT,
    ]


def _out_of_range(market: Market) -> Fault:
    low, high = market.line_range
    is_outside = (pl.col("market") == market.name) & ~pl.col("line").is_between(low, high)
    return Fault(f"line is outside {low:g}…{high:g} of {market.name}", is_outside)
