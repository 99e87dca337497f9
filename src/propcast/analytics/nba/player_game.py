"""`nba_player_game`: one player in one finished game, with usage and shot zones."""

import polars as pl

from propcast.analytics.nba.box_score import (
    effective_field_goals,
    game_minutes,
    overtime_periods,
    plays,
    true_shooting,
    usage,
)
from propcast.analytics.nba.built import Built, split_games
from propcast.analytics.nba.shot_zones import ZONE_COUNTS, zone_counts
from propcast.analytics.newest import newest
from propcast.core.reasons import NullReason
from propcast.tables.analytics import NBA_PLAYER_GAME

SHOOTING = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta")
_SIDE = ("event_id", "team")


def player_games(player_box: pl.DataFrame, team_games: pl.DataFrame, shots: pl.DataFrame) -> Built:
    """Build `nba_player_game` from `raw_nba_player_box`, `nba_team_game` and `raw_nba_shots`.

    A game whose players do not add up to their teams' points is held back. A row whose shooting line does not add up
    to its points loses that line, with a reason, and holds nothing back. Did-not-plays have null statistics.
    """
    boxes = newest(player_box, ["event_id", "player_id"])
    joined = boxes.drop("is_home", "won", "opponent").join(_sides(team_games), on=_SIDE, how="left")
    built = split_games(joined, _violation())
    timed = built.frame.with_columns(pl.coalesce("game_minutes", _minutes_from_players()).alias("game_minutes"))
    checked = timed.with_columns(_shooting_null_reason()).with_columns(_consistent_shooting())
    rated = checked.with_columns(
        usage().alias("usage_rate"),
        true_shooting().alias("ts_pct"),
        effective_field_goals().alias("efg_pct"),
        pl.col("status").alias("participation"),
    )
    rows = _with_zones(rated, shots)
    return Built(NBA_PLAYER_GAME.conform(rows).sort("game_day", "event_id", "player_id"), built.held)


def _sides(team_games: pl.DataFrame) -> pl.DataFrame:
    sums = plays().alias("team_plays"), pl.col("pts").alias("team_pts")
    return team_games.select(*_SIDE, "opponent", "is_home", "won", "game_minutes", *sums)


def _minutes_from_players() -> pl.Expr:
    """Length of the game from its players' minutes, for boxes without the team's."""
    return game_minutes(overtime_periods(pl.col("minutes_played").sum().over(_SIDE)))


def _violation() -> pl.Expr:
    of_players = pl.col("pts").sum().over(_SIDE)
    return pl.coalesce(
        pl.when(pl.col("team_pts").is_null()).then(pl.lit("no team totals")),
        pl.when(of_players != pl.col("team_pts")).then(pl.lit("players' points do not add up to the team's")),
    )


def _shooting_null_reason() -> pl.Expr:
    slip = 2 * pl.col("fgm") + pl.col("fg3m") + pl.col("ftm") != pl.col("pts")
    played = pl.col("status") == "played"
    return (
        pl.when(~played).then(pl.lit(NullReason.NOT_APPLICABLE))
        .when(slip).then(pl.lit(NullReason.INCONSISTENT_SHOOTING))
        .when(pl.col("fga").is_null()).then(pl.lit(NullReason.NO_SOURCE))
        .alias("shooting_null_reason")
    )  # fmt: skip


def _consistent_shooting() -> pl.Expr:
    slip = pl.col("shooting_null_reason").eq_missing(NullReason.INCONSISTENT_SHOOTING)
    return pl.when(~slip).then(pl.col(SHOOTING)).name.keep()


def _with_zones(rows: pl.DataFrame, shots: pl.DataFrame) -> pl.DataFrame:
    """Add zone counts: 0 for who played and did not shoot, null where the game has no shot feed."""
    charted = shots.select("event_id", pl.lit(True).alias("is_charted")).unique()
    counted = rows.join(zone_counts(shots, ["event_id", "player_id"]), on=["event_id", "player_id"], how="left")
    with_feed = pl.col("is_charted").eq_missing(True) & (pl.col("status") == "played")
    zones = pl.when(with_feed).then(pl.col(ZONE_COUNTS).fill_null(0)).name.keep()
    return counted.join(charted, on="event_id", how="left").with_columns(zones)
