"""`nba_team_game`: one team in one finished game, with pace, ratings, rest and travel."""

import polars as pl

from propcast.analytics.nba.box_score import (
    effective_field_goals,
    game_minutes,
    overtime_periods,
    plays,
    possessions,
)
from propcast.analytics.nba.built import Built, split_games
from propcast.analytics.nba.shot_zones import ZONE_COUNTS, zone_counts
from propcast.analytics.nba.travel import legs
from propcast.analytics.newest import newest
from propcast.analytics.windows import ratio
from propcast.tables.analytics import NBA_TEAM_GAME

_OPPOSING = ("pts", "opp_pts", "fga", "fta", "oreb", "dreb", "reb", "tov", "ast", "fg3m", "is_home")


def team_games(team_box: pl.DataFrame, schedule: pl.DataFrame, shots: pl.DataFrame) -> Built:
    """Build `nba_team_game` from the newest box of each team; a game with one side, or not final, is held back.

    Frames are `raw_nba_team_box`, `raw_nba_schedule` and `raw_nba_shots`. A game that the schedule does not know
    counts as final: it has a box.
    """
    paired = _with_opponent(newest(team_box, ["event_id", "team"]))
    known = paired.join(_scheduled(schedule), on="event_id", how="left")
    built = split_games(known, _violation())
    venue = pl.when(pl.col("is_home")).then("team").when("opp_is_home").then("opponent")
    at_venue = built.frame.with_columns(venue.alias("venue"))
    rows = _with_zones(_with_ratings(legs(at_venue)), shots)
    home = pl.col("is_home") & ~pl.col("is_neutral").fill_null(False)
    return Built(NBA_TEAM_GAME.conform(rows.with_columns(home)).sort("game_day", "event_id", "team"), built.held)


def _scheduled(schedule: pl.DataFrame) -> pl.DataFrame:
    known = newest(schedule, ["event_id"])
    return known.select("event_id", "is_neutral", "periods", pl.col("status").alias("schedule_status"))


def _with_opponent(box: pl.DataFrame) -> pl.DataFrame:
    theirs = box.select("event_id", pl.col("team").alias("opponent"), pl.col(_OPPOSING).name.prefix("opp_"))
    return box.join(theirs, on=["event_id", "opponent"], how="left").rename(
        {"opp_pts_right": "opp_own_pts"}, strict=False
    )


def _violation() -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col("opp_own_pts").is_null()).then(pl.lit("only one team has a box")),
        pl.when(pl.col("opp_own_pts") != pl.col("opp_pts")).then(pl.lit("the two boxes disagree on the score")),
        pl.when(pl.col("schedule_status") != "final").then(pl.lit("the schedule does not say final")),
    )


def _with_ratings(rows: pl.DataFrame) -> pl.DataFrame:
    game = (possessions() + possessions("opp_")) / 2
    overtimes = pl.coalesce(overtime_periods(pl.col("minutes")), pl.col("periods") - 4)
    counted = rows.with_columns(game.alias("possessions"), overtimes.alias("overtime_periods"))
    timed = counted.with_columns(game_minutes(pl.col("overtime_periods")).alias("game_minutes"))
    per_100 = 100 / pl.col("possessions")
    return timed.with_columns(
        (48 * pl.col("possessions") / pl.col("game_minutes")).alias("pace"),
        (pl.col("pts") * per_100).alias("off_rating"),
        (pl.col("opp_pts") * per_100).alias("def_rating"),
        effective_field_goals().alias("efg_pct"),
        ratio(pl.col("tov"), plays()).alias("tov_pct"),
        ratio(pl.col("oreb"), pl.col("oreb") + pl.col("opp_dreb")).alias("oreb_pct"),
        ratio(pl.col("ftm"), pl.col("fga")).alias("ft_rate"),
    )


def _with_zones(rows: pl.DataFrame, shots: pl.DataFrame) -> pl.DataFrame:
    ours = zone_counts(shots, ["event_id", "team"])
    theirs = ours.rename({"team": "opponent"} | {name: f"opp_{name}" for name in ZONE_COUNTS})
    return rows.join(ours, on=["event_id", "team"], how="left").join(theirs, on=["event_id", "opponent"], how="left")
