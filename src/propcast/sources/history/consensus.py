"""Readers of the consensus files: the source's own summary and result, to check settlement and feed baselines."""

import polars as pl

from propcast.sources.history.offers import VENDOR
from propcast.sources.history.parsed import Fault, ParsedFile, sort_rows
from propcast.tables.raw import CHECK_CONSENSUS

_RESULTS = {"void_dnp": "void", "void_or_unknown": "void"}
_MATCHUP = ["sport", "home", "away", "game_day"]
_NO_TEAMS = Fault("home_team or away_team is null", pl.col("home").is_null() | pl.col("away").is_null())


def read_points_consensus(frame: pl.DataFrame, events: pl.DataFrame) -> ParsedFile:
    """`nba_points_consensus` → `check_consensus`; the vendor's event is found by its teams and day."""
    unique_events = events.filter(pl.len().over(_MATCHUP) == 1).select(*_MATCHUP, "event_id", "vendor_event_id")
    shaped = _shape(frame, "nba", "points", "player_id").with_columns(
        pl.col("player_name"),
        pl.col("actual_minutes").alias("workload"),
    )
    mapped = shaped.join(unique_events, on=_MATCHUP, how="left", maintain_order="left")
    rows, merged = sort_rows(CHECK_CONSENSUS, mapped, [_NO_TEAMS])
    return ParsedFile("nba_points_consensus", frame.height, merged, rows)


def read_strikeout_consensus(frame: pl.DataFrame, events: pl.DataFrame) -> ParsedFile:
    """`mlb_k_consensus` → `check_consensus`."""
    named = frame.rename({"event_id": "vendor_event_id"}).with_columns(
        pl.lit("us_books_snapshots").alias("source"),
        pl.lit("sportsbook").alias("book_type"),
        pl.col("game_date").dt.year().cast(pl.String).alias("season"),
    )
    shaped = _shape(named, "mlb", "pitcher_strikeouts", "pitcher_id").with_columns(
        pl.col("pitcher_name").alias("player_name"),
        pl.col("actual_k").alias("actual"),
        pl.col("actual_bf").cast(pl.Float64).alias("workload"),
    )
    known = events.select("sport", "vendor_event_id", "event_id")
    mapped = shaped.join(known, on=["sport", "vendor_event_id"], how="left", maintain_order="left")
    rows, merged = sort_rows(CHECK_CONSENSUS, mapped, [_NO_TEAMS])
    return ParsedFile("mlb_k_consensus", frame.height, merged, rows)


def strikeout_sightings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return what `mlb_k_consensus` says about vendor events."""
    return frame.select(
        pl.lit("mlb").alias("sport"),
        pl.col("event_id").alias("vendor_event_id"),
        pl.col("game_date").dt.year().cast(pl.String).alias("season"),
        pl.col("home_team").alias("home"),
        pl.col("away_team").alias("away"),
        pl.col("game_date").alias("game_day"),
        pl.col("game_pk").cast(pl.String).alias("native_id"),
        "commence_time",
        pl.col("snapshot_ts").alias("observed_at"),
        pl.lit(VENDOR).alias("source"),
    )


def _shape(frame: pl.DataFrame, sport: str, market: str, person: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(sport).alias("sport"),
        pl.lit(market).alias("market"),
        pl.format("{}:{}", pl.lit(sport), person).alias("participant_id"),
        pl.col("home_team").alias("home"),
        pl.col("away_team").alias("away"),
        pl.col("game_date").alias("game_day"),
        pl.col("commence_time").alias("starts_at"),
        pl.col("snapshot_ts").alias("snapshot_at"),
        pl.col("best_over_price", "best_under_price").cast(pl.Int64, strict=False),
        pl.col("result").replace(_RESULTS),
    )
