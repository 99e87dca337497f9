"""Who appeared where, from box rows; and the reference rows of every person whom the history names."""

from collections.abc import Sequence

import polars as pl

from propcast.sources.names import participant, with_name_keys
from propcast.tables.reference import REF_PLAYERS
from propcast.tables.schema import INSTANT

_APPEARANCE = pl.Schema(
    {
        "sport": pl.String(),
        "player_id": pl.Int64(),
        "full_name": pl.String(),
        "team": pl.String(),
        "bats": pl.String(),
        "throws": pl.String(),
        "observed_at": INSTANT,
        "source": pl.String(),
        "name_key": pl.String(),
    }
)


def no_appearances() -> pl.DataFrame:
    """Return appearances of nobody."""
    return pl.DataFrame(schema=_APPEARANCE)


def nba_appearances(box: pl.DataFrame) -> pl.DataFrame:
    """Return one row per NBA box row (`raw_nba_player_box` columns)."""
    return _appearances(box, "nba", "player_id", "player_name")


def pitcher_appearances(starts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per start (`raw_mlb_pitcher_game` columns) of a known person."""
    return _appearances(starts.filter(pl.col("pitcher_id").is_not_null()), "mlb", "pitcher_id", "pitcher_name")


def batter_appearances(games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per batter's game (`raw_mlb_batter_game` columns)."""
    return _appearances(games, "mlb", "batter_id", "batter_name")


def ref_players(appearances: pl.DataFrame, quoted: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return `ref_players`: the latest name in a box score, else as quoted; hands as last stated anywhere.

    `quoted` frames have `sport, person_id, raw_name, observed_at, source`; they only name people without a box row.
    """
    named = [_quoted_people(frame, appearances) for frame in quoted]
    rows = pl.concat([appearances.drop("name_key"), *named], how="diagonal")
    people = rows.sort("observed_at", "full_name", nulls_last=False).group_by("sport", "player_id")
    latest = people.agg(
        pl.col("full_name", "source").last(),
        pl.col("bats", "throws").drop_nulls().last(),
        pl.col("observed_at").min(),
    )
    keyed = with_name_keys(latest.filter(pl.col("observed_at").is_not_null()), "full_name")
    return REF_PLAYERS.conform(keyed.with_columns(participant(pl.col("player_id")).alias("participant_id")))


def _quoted_people(quoted: pl.DataFrame, appearances: pl.DataFrame) -> pl.DataFrame:
    people = quoted.filter(pl.col("person_id").is_not_null()).select(
        "sport",
        pl.col("person_id").alias("player_id"),
        pl.col("raw_name").alias("full_name"),
        "observed_at",
        "source",
    )
    return people.unique().join(appearances, on=["sport", "player_id"], how="anti")


def _appearances(rows: pl.DataFrame, sport: str, player: str, name: str) -> pl.DataFrame:
    hands = [pl.col(c) if c in rows.columns else pl.lit(None, pl.String()).alias(c) for c in ("bats", "throws")]
    selected = rows.select(
        pl.lit(sport).alias("sport"),
        pl.col(player).alias("player_id"),
        pl.col(name).alias("full_name"),
        "team",
        *hands,
        "observed_at",
        "source",
    )
    return with_name_keys(selected, "full_name")
