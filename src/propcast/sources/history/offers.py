"""The common form of the line files: one row per offer of a book, whatever file it came from.

Columns: `sport, source, vendor_event_id, season, home, away, game_day, native_id` (a game's own number, used for
nothing but mapping the vendor's event), `commence_time, observed_at, last_seen_at` (null unless the file says how long
the offer stood), `feed_market, book, book_type, raw_name, person_id, line, over_price, under_price, is_alternate,
is_in_play`.
"""

import polars as pl

from propcast.sources.books import book_keys
from propcast.sources.history.instants import eastern_day
from propcast.tables.schema import INSTANT

VENDOR = "the_odds_api"
"""Every line file carries this vendor's event ids, so one event is one event in all of them."""

_NO_INSTANT = pl.lit(None, INSTANT)


def nba_offers(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the offers of `nba_points_lines` or `nba_other_lines`."""
    return frame.select(
        pl.lit("nba").alias("sport"),
        "source",
        pl.col("event_id").alias("vendor_event_id"),
        "season",
        pl.col("home_team").alias("home"),
        pl.col("away_team").alias("away"),
        pl.col("game_date").alias("game_day"),
        pl.col("game_id").alias("native_id"),
        "commence_time",
        pl.col("snapshot_ts").alias("observed_at"),
        _NO_INSTANT.alias("last_seen_at"),
        pl.col("market").alias("feed_market"),
        book_keys(frame["book"]).alias("book"),
        "book_type",
        pl.col("player_name").alias("raw_name"),
        pl.col("player_id").alias("person_id"),
        "line",
        "over_price",
        "under_price",
        (~pl.col("is_main")).alias("is_alternate"),
        (~pl.col("pregame")).alias("is_in_play"),
    )


def pra_offers(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the offers of `nba_pra_lines`.

    The game day is the Eastern date of the snapshot: for 20 events of 2023-24 the file's own date is the UTC one.
    """
    return frame.select(
        pl.lit("nba").alias("sport"),
        pl.lit("nba_pra_lines").alias("source"),
        pl.col("event_id").alias("vendor_event_id"),
        "season",
        pl.col("home_team").alias("home"),
        pl.col("away_team").alias("away"),
        eastern_day(pl.col("snapshot_ts")).alias("game_day"),
        pl.lit(None, pl.String()).alias("native_id"),
        _NO_INSTANT.alias("commence_time"),
        pl.col("snapshot_ts").alias("observed_at"),
        _NO_INSTANT.alias("last_seen_at"),
        pl.lit("player_points_rebounds_assists").alias("feed_market"),
        book_keys(frame["book"]).alias("book"),
        pl.lit("sportsbook").alias("book_type"),
        pl.col("player_name").alias("raw_name"),
        pl.col("player_id").alias("person_id"),
        "line",
        "over_price",
        "under_price",
        pl.lit(None, pl.Boolean()).alias("is_alternate"),
        pl.lit(False).alias("is_in_play"),
    )


def strikeout_offers(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the offers of `mlb_k_lines`: a state row from when it was first seen."""
    return frame.select(
        pl.lit("mlb").alias("sport"),
        "source",
        pl.col("event_id").alias("vendor_event_id"),
        pl.col("game_date").dt.year().cast(pl.String).alias("season"),
        pl.col("home_team").alias("home"),
        pl.col("away_team").alias("away"),
        pl.col("game_date").alias("game_day"),
        pl.col("game_pk").cast(pl.String).alias("native_id"),
        "commence_time",
        pl.col("first_seen_ts").alias("observed_at"),
        pl.col("last_seen_ts").alias("last_seen_at"),
        pl.lit("pitcher_strikeouts").alias("feed_market"),
        book_keys(frame["book"]).alias("book"),
        pl.lit("sportsbook").alias("book_type"),
        pl.col("pitcher_name").alias("raw_name"),
        pl.col("pitcher_id").alias("person_id"),
        "line",
        "over_price",
        "under_price",
        pl.lit(None, pl.Boolean()).alias("is_alternate"),
        pl.lit(False).alias("is_in_play"),
    )
