"""Readers of the MLB box files: starts and batters' games."""

import polars as pl

from propcast.sources import names
from propcast.sources.history.instants import SLATE_KNOWN_AT, at, box_known_at
from propcast.sources.history.mlb_sides import settle_sides
from propcast.sources.history.parsed import UNRESOLVED, Fault, ParsedFile, sort_rows
from propcast.sources.history.people import pitcher_appearances
from propcast.tables import raw

STATCAST = "statcast"
"""The vendor of the starts: a null id is a name it could not map."""

_GAME_TYPES = {"R": "regular", "F": "playoffs", "D": "playoffs", "L": "playoffs", "W": "playoffs"}
_MATCHUP = ["game_day", "away", "home"]


def read_pitcher_games(frame: pl.DataFrame, aliases: pl.DataFrame) -> ParsedFile:
    """`mlb_pitcher_games` → `raw_mlb_pitcher_game`: starts; null ids are resolved by name or wait for an alias."""
    starts = settle_sides(_starts(frame))
    resolved = _resolve_pitchers(starts, aliases)
    unresolved = resolved.filter(pl.col("pitcher_id").is_null())
    rows, merged = sort_rows(
        raw.RAW_MLB_PITCHER_GAME,
        resolved,
        [
            Fault("team is unknown: both starters of the game are listed for one team", pl.col("is_side_unknown")),
            Fault(UNRESOLVED, pl.col("pitcher_id").is_null()),
        ],
    )
    return ParsedFile("mlb_pitcher_games", frame.height, merged, rows, unresolved=names.queue(unresolved))


def read_batter_games(frame: pl.DataFrame) -> ParsedFile:
    """`mlb_batter_games` → `raw_mlb_batter_game`."""
    rows, merged = sort_rows(
        raw.RAW_MLB_BATTER_GAME,
        frame.with_columns(
            pl.format("mlb:{}", "game_pk").alias("event_id"),
            pl.col("season").cast(pl.String),
            pl.col("game_type").replace(_GAME_TYPES).alias("season_type"),
            pl.col("game_date").alias("game_day"),
            pl.col("pa").alias("plate_appearances"),
            pl.col("ab").alias("at_bats"),
            pl.col("k").alias("strikeouts"),
            pl.col("bb").alias("walks"),
            pl.col("h").alias("hits"),
            pl.col("hr").alias("home_runs"),
            box_known_at(pl.col("game_date")).alias("observed_at"),
            pl.lit("mlb_batter_games").alias("source"),
        ),
    )
    return ParsedFile("mlb_batter_games", frame.height, merged, rows)


def _starts(frame: pl.DataFrame) -> pl.DataFrame:
    return _with_event_ids(
        frame.with_columns(
            pl.col("season").cast(pl.String),
            pl.lit("regular").alias("season_type"),
            pl.col("game_date").alias("game_day"),
            pl.lit(True).alias("is_starter"),
            pl.col("p_throws").alias("throws"),
            pl.col("bf").alias("batters_faced"),
            pl.col("k").alias("strikeouts"),
            pl.col("bb").alias("walks"),
            pl.col("h").alias("hits"),
            pl.col("r").alias("runs"),
            pl.col("hr").alias("home_runs"),
            # The file's own strike count leaves out balls in play; a box score's does not.
            (pl.col("pitches") - pl.col("balls_sc")).alias("strikes"),
            pl.col("balls_sc").alias("balls"),
            pl.col("fb_velo").alias("fb_velo_mph"),
            box_known_at(pl.col("game_date")).alias("observed_at"),
        )
    )


def _with_event_ids(starts: pl.DataFrame) -> pl.DataFrame:
    """Add `event_id`: the game's number, else a stable id of date, teams and order within a doubleheader.

    More than two starts of one match-up on a day are a doubleheader; without game numbers the pairing is unknown, so
    each team's starters are numbered by their id.
    """
    home = pl.when("is_home").then("team").otherwise("opponent")
    away = pl.when("is_home").then("opponent").otherwise("team")
    placed = starts.with_columns(home.alias("home"), away.alias("away"))
    turn = pl.struct("pitcher_id", "pitcher_name").rank("ordinal").over(*_MATCHUP, "team")
    number = pl.when(pl.len().over(_MATCHUP) > 2).then(turn).otherwise(1)
    synthetic = pl.format("mlb:{}:{}@{}:{}", "game_day", "away", "home", number)
    return placed.with_columns(
        pl.when(pl.col("game_pk").is_null()).then(synthetic).otherwise(pl.format("mlb:{}", "game_pk")).alias("event_id")
    )


def _resolve_pitchers(starts: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    mentions = starts.with_columns(
        pl.lit("mlb").alias("sport"),
        pl.lit(STATCAST).alias("vendor"),
        pl.col("event_id").alias("vendor_event_id"),
        pl.col("pitcher_name").alias("raw_name"),
        pl.col("pitcher_id").alias("person_id"),
        at(pl.col("game_day"), SLATE_KNOWN_AT).alias("known_at"),
    )
    resolved = names.resolve(mentions, pitcher_appearances(starts), aliases)
    person = pl.col("participant_id").str.strip_prefix("mlb:").cast(pl.Int64)
    return resolved.with_columns(person.alias("pitcher_id"))
