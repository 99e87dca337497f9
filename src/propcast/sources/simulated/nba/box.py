"""The season as raw tables: schedule, player and team boxes, with the league's later corrections."""

from datetime import date

import numpy as np
import polars as pl

from propcast.core.provenance import SIMULATED
from propcast.core.sport import Sport
from propcast.sources.history.instants import TIP_OFF_DELAY, box_known_at
from propcast.sources.simulated.calendar import at_noon, eastern_instant
from propcast.sources.simulated.nba.box_lines import OVERTIME_S, REGULATION_S
from propcast.sources.simulated.nba.rotation import Script
from propcast.sources.simulated.nba.season import NbaSeason
from propcast.sources.simulated.sides import of_sides
from propcast.sources.simulated.states import corrected
from propcast.tables.raw import RAW_NBA_PLAYER_BOX, RAW_NBA_SCHEDULE, RAW_NBA_TEAM_BOX
from propcast.tables.schema import INSTANT

_SUMMED = ("pts", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb", "ast", "stl", "blk", "tov", "pf")
_COUNTS = (*_SUMMED, "plus_minus")
_CORRECTED_GAMES = 0.03


def game_facts(season: NbaSeason) -> pl.DataFrame:
    """Return one row per game: `game`, ids, day, teams, start (the league's and the vendor's), score."""
    league, year = season.league, int(season.season[:4])
    teams = dict(enumerate(league.teams))
    tip_off = eastern_instant(pl.col("game_day"), pl.col("tip_off"))
    digits = [f"002{year % 100:02d}{number:05d}" for number in range(1, season.schedule.height + 1)]
    return season.schedule.with_row_index("game").select(
        pl.col("game").cast(pl.Int64),
        pl.Series("event_id", [league.event_id(each) for each in digits]),
        pl.lit(Sport.NBA.value).alias("sport"),
        pl.lit(season.season).alias("season"),
        pl.lit("regular").alias("season_type"),
        "game_day",
        pl.col("home", "away").replace_strict(teams, return_dtype=pl.String),
        tip_off.alias("tip_off_at"),
        *((tip_off + TIP_OFF_DELAY).alias(name) for name in ("listed_start", "starts_at")),
        pl.lit(None, INSTANT).alias("moved_at"),
        box_known_at(pl.col("game_day")).alias("observed_at"),
        pl.lit(SIMULATED).alias("source"),
        pl.Series("overtimes", (season.outcome.script == Script.OVERTIME).astype(np.int64)),
        pl.Series("home_pts", season.outcome.scores[:, 0]),
        pl.Series("away_pts", season.outcome.scores[:, 1]),
        pl.Series("is_corrected", league.stream("corrections", year).random(len(season.games)) < _CORRECTED_GAMES),
    )


def schedule_states(season: NbaSeason, facts: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `raw_nba_schedule`: announced in August, final with the box."""
    announced = at_noon(date(int(season.season[:4]), 8, 15))
    known = facts.with_columns(
        game_id=pl.col("event_id").str.split(":").list.last(),
        starts_at=pl.col("tip_off_at"),
        is_neutral=pl.lit(value=False),
    )
    final = known.with_columns(status=pl.lit("final"), periods=4 + pl.col("overtimes"))
    scheduled = known.drop("home_pts", "away_pts").with_columns(
        status=pl.lit("scheduled"), observed_at=pl.lit(announced)
    )
    return [RAW_NBA_SCHEDULE.conform(scheduled), RAW_NBA_SCHEDULE.conform(final)]


def player_box_states(season: NbaSeason, facts: pl.DataFrame, lines: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `raw_nba_player_box`: first published, then corrected (an assist that was first given to nobody)."""
    played = pl.col("plays")
    rows = of_sides(lines, facts).with_columns(
        _won(),
        pl.when(played).then(pl.col(*_COUNTS)),
        player_id=pl.lit(pl.Series(season.players.ids)).gather(pl.col("player")),
        player_name=pl.lit(pl.Series(season.players.names)).gather(pl.col("player")),
        minutes_played=pl.when(played).then(pl.col("seconds") / 60),
        minutes_rounded=pl.when(played).then((pl.col("seconds") / 60).round().cast(pl.Int64)),
    )
    wrong = pl.col("is_corrected") & pl.col("is_late_assist")
    states = corrected(rows, wrong, "ast", pl.col("ast") - 1)
    return [RAW_NBA_PLAYER_BOX.conform(state) for state in states]


def team_box_states(facts: pl.DataFrame, lines: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `raw_nba_team_box`: sums of the players, first published and corrected."""
    sums = lines.group_by("game", "side").agg(pl.col(*_SUMMED, "seconds").sum(), pl.col("is_late_assist").any())
    rows = of_sides(sums, facts).with_columns(
        _won(),
        minutes=(REGULATION_S + OVERTIME_S * pl.col("overtimes")) // 60,
        opp_pts=pl.when("is_home").then("away_pts").otherwise("home_pts"),
        is_reconstructed=pl.lit(value=False),
    )
    rows = rows.with_columns(plus_minus=pl.col("pts") - pl.col("opp_pts"))
    wrong = pl.col("is_corrected") & pl.col("is_late_assist")
    states = corrected(rows.sort("game", "side"), wrong, "ast", pl.col("ast") - 1)
    return [RAW_NBA_TEAM_BOX.conform(state) for state in states]


def with_late_assists(lines: pl.DataFrame) -> pl.DataFrame:
    """Mark whose assist would be found late if the game were corrected: the home side's best passer."""
    most = (pl.col("ast") == pl.col("ast").max().over("game", "side")) & (pl.col("ast") > 0) & (pl.col("side") == 0)
    first = pl.col("place") == pl.col("place").filter(most).min().over("game", "side")
    return lines.with_columns(is_late_assist=(most & first).fill_null(value=False))


def _won() -> pl.Expr:
    return ((pl.col("home_pts") > pl.col("away_pts")) == (pl.col("side") == 0)).alias("won")
