"""Whose starter was he? Repairs MLB games whose two starters the file lists for one and the same team."""

import polars as pl

_GAME = ["event_id"]


def settle_sides(starts: pl.DataFrame) -> pl.DataFrame:
    """Return the starts with `team`, `opponent`, `is_home` settled and `is_side_unknown` set where nothing tells.

    In a game listed with two starters of one team, one of them pitched for the other. The nearest start that season
    in which either man's team is not in doubt decides who; without one, both rows are unknown. `starts` needs
    `event_id, season, game_day, pitcher_id, pitcher_name, team, opponent, is_home`.
    """
    is_doubtful = (pl.len().over(_GAME) == 2) & (pl.col("team").n_unique().over(_GAME) == 1)
    rows = starts.with_row_index("row").with_columns(is_doubtful.alias("is_doubtful"))
    doubtful = rows.filter("is_doubtful")
    if doubtful.is_empty():
        return rows.drop("row", "is_doubtful").with_columns(pl.lit(False).alias("is_side_unknown"))
    evidence = _evidence(doubtful, rows.filter(~pl.col("is_doubtful")))
    settled = rows.join(evidence, on="row", how="left", maintain_order="left")
    changes = pl.col("leaves").fill_null(False)
    return settled.select(
        pl.exclude("row", "is_doubtful", "stays", "leaves", "team", "opponent", "is_home"),
        pl.when(changes).then("opponent").otherwise("team").alias("team"),
        pl.when(changes).then("team").otherwise("opponent").alias("opponent"),
        (pl.col("is_home") ^ changes).alias("is_home"),
        (pl.col("is_doubtful") & ~pl.col("stays") & ~pl.col("leaves")).fill_null(False).alias("is_side_unknown"),
    )


def _evidence(doubtful: pl.DataFrame, certain: pl.DataFrame) -> pl.DataFrame:
    """Return per doubtful row whether he stays with his listed team or leaves for the opponent."""
    for_listed = _nearest_start(doubtful, certain, "team").alias("for_listed")
    for_opponent = _nearest_start(doubtful, certain, "opponent").alias("for_opponent")
    mine = doubtful.select("row", "event_id").with_columns(for_listed, for_opponent)
    other = pl.col("for_listed", "for_opponent").reverse().over(_GAME)
    both = mine.sort("row").with_columns(other.name.prefix("other_"))
    stay = pl.min_horizontal("for_listed", "other_for_opponent")
    leave = pl.min_horizontal("for_opponent", "other_for_listed")
    never = 10_000
    return both.select(
        "row",
        (stay.fill_null(never) < leave.fill_null(never)).alias("stays"),
        (leave.fill_null(never) < stay.fill_null(never)).alias("leaves"),
    )


def _nearest_start(doubtful: pl.DataFrame, certain: pl.DataFrame, side: str) -> pl.Series:
    """Return days to the man's nearest certain start of that season for the team in `side`; null = none."""
    starts = certain.select("season", "pitcher_id", "pitcher_name", "game_day", "team")
    same_man = ["season", "pitcher_id", "pitcher_name"]
    pairs = doubtful.join(starts, on=same_man, how="left", suffix="_other", nulls_equal=True)
    days = (pl.col("game_day") - pl.col("game_day_other")).dt.total_days().abs()
    nearest = pairs.group_by("row").agg(days.filter(pl.col("team_other") == pl.col(side)).min().alias("days"))
    return doubtful.select("row").join(nearest, on="row", how="left", maintain_order="left")["days"]
