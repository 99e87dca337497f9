"""Readers of the NBA box files: schedule, team totals, player lines, season shot zones."""

from datetime import time

import polars as pl

from propcast.sources.history.instants import at, box_known_at
from propcast.sources.history.parsed import Fault, ParsedFile, sort_rows
from propcast.tables import raw

_SEASON_TYPES = {
    "Regular Season": "regular",
    "Playoffs": "playoffs",
    "PlayIn": "play_in",
    "NBA Cup Final": "cup_final",
}
_ZONES = {"ra": "ra", "paint": "paint", "mid": "mid", "corner3": "c3", "above3": "atb3", "backcourt": "bc"}
_ZONES_KNOWN_AT = time(8)

_ITSELF = pl.col("opponent") == pl.col("team")
_UNKNOWN_RESULT = Fault("wl is neither W nor L", ~pl.col("wl").is_in(["W", "L"]))


def event_of(game_id: str) -> pl.Expr:
    """Return `nba:{game id}`."""
    return pl.format("nba:{}", pl.col(game_id))


def read_schedule(frame: pl.DataFrame) -> ParsedFile:
    """`nba_schedule` → `raw_nba_schedule`: final games; the closing market carries no time and serves grading only."""
    rows, merged = sort_rows(
        raw.RAW_NBA_SCHEDULE,
        frame.with_columns(
            event_of("game_id").alias("event_id"),
            *_game_columns(),
            pl.col("start_utc").alias("starts_at"),
            pl.col("home_team").alias("home"),
            pl.col("away_team").alias("away"),
            pl.lit("final").alias("status"),
            pl.col("home_spread").alias("closing_spread"),
            pl.col("total").alias("closing_total"),
            pl.col("ml_home").alias("closing_ml_home"),
            pl.col("ml_away").alias("closing_ml_away"),
            pl.lit("nba_schedule").alias("source"),
        ),
    )
    return ParsedFile("nba_schedule", frame.height, merged, rows)


def read_team_box(frame: pl.DataFrame) -> ParsedFile:
    """`nba_team_box` → `raw_nba_team_box`.

    On a neutral floor nobody is at home, and the file names the side listed as host as its own opponent; the other
    team of the game is meant, with its points.
    """
    rows, merged = sort_rows(
        raw.RAW_NBA_TEAM_BOX,
        frame.with_columns(_other_side("team", "opponent"), _other_side("pts", "opp_pts")).with_columns(
            event_of("game_id").alias("event_id"),
            *_game_columns(),
            _won(),
            pl.lit(False).alias("is_reconstructed"),
            pl.lit("nba_team_box").alias("source"),
        ),
        [_UNKNOWN_RESULT, Fault("the team is its own opponent", _ITSELF)],
    )
    return ParsedFile("nba_team_box", frame.height, merged, rows)


def read_player_box(frame: pl.DataFrame) -> ParsedFile:
    """`nba_player_box` → `raw_nba_player_box`: only who played; exact minutes where they exist, whole ones before."""
    rows, merged = sort_rows(
        raw.RAW_NBA_PLAYER_BOX,
        frame.with_columns(
            event_of("game_id").alias("event_id"),
            *_game_columns(),
            _won(),
            pl.lit("played").alias("status"),
            pl.coalesce("minutes_exact", "minutes").alias("minutes_played"),
            _whole("minutes").alias("minutes_rounded"),
            pl.lit("nba_player_box").alias("source"),
        ),
        [_UNKNOWN_RESULT, Fault("minutes is not a whole number", _is_fraction("minutes"))],
    )
    return ParsedFile("nba_player_box", frame.height, merged, rows)


def read_shot_zones(frame: pl.DataFrame) -> ParsedFile:
    """`nba_shot_zones_season` → `raw_nba_shot_zones_season`, known once the season is over.

    15 October of the closing year: after the latest final (11 October 2020), before the earliest next opening night.
    """
    shots = [(f"{ours}_{stat}", f"{theirs}_{stat}") for ours, theirs in _ZONES.items() for stat in ("fgm", "fga")]
    closing_year = pl.col("season").str.slice(0, 4).cast(pl.Int32, strict=False) + 1
    rows, merged = sort_rows(
        raw.RAW_NBA_SHOT_ZONES_SEASON,
        frame.with_columns(
            _season_type(),
            pl.col("team_abbreviation").alias("team"),
            *(_whole(theirs).alias(ours) for ours, theirs in shots),
            pl.any_horizontal(_is_fraction(theirs) for _, theirs in shots).alias("has_fraction"),
            at(pl.date(closing_year, 10, 15), _ZONES_KNOWN_AT).alias("observed_at"),
            pl.lit("nba_shot_zones_season").alias("source"),
        ),
        [Fault("a number of shots is not whole", pl.col("has_fraction"))],
    )
    return ParsedFile("nba_shot_zones_season", frame.height, merged, rows)


def _other_side(ours: str, theirs: str) -> pl.Expr:
    """Return `theirs`, taken from the other row of the game where a team is named as its own opponent."""
    in_game = pl.col(ours).over("game_id", order_by="team", mapping_strategy="join")
    is_first = pl.col("team") == pl.col("team").min().over("game_id")
    other = pl.when(is_first).then(in_game.list.last()).otherwise(in_game.list.first())
    return pl.when(_ITSELF & (in_game.list.len() == 2)).then(other).otherwise(theirs).alias(theirs)


def _game_columns() -> list[pl.Expr]:
    day = pl.col("game_date")
    return [_season_type(), day.alias("game_day"), box_known_at(day).alias("observed_at")]


def _season_type() -> pl.Expr:
    """Translate the season type; an unknown one stays as it is and breaks the table's choices."""
    return pl.col("season_type").replace(_SEASON_TYPES)


def _won() -> pl.Expr:
    return (pl.col("wl") == "W").alias("won")


def _whole(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64, strict=False)


def _is_fraction(name: str) -> pl.Expr:
    value = pl.col(name)
    return ~(value.is_finite() & (value == value.round()))
