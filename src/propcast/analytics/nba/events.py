"""`events` of the NBA: every game played, scheduled or quoted."""

import polars as pl

from propcast.analytics.newest import newest
from propcast.core.sport import Sport
from propcast.tables.analytics import EVENTS

VENDOR_DELAY = pl.duration(minutes=10)
"""The odds vendor's start is the league's plus ten minutes (DOMAIN 3)."""

_TYPE_OF_PREFIX = {"002": "regular", "004": "playoffs", "005": "play_in", "006": "cup_final"}
_FACTS = ("season", "season_type", "game_day")
_SIDES = ("home", "away")


def nba_events(team_box: pl.DataFrame, schedule: pl.DataFrame, vendor_events: pl.DataFrame) -> pl.DataFrame:
    """Return `events` from `raw_nba_team_box`, `raw_nba_schedule` and `raw_vendor_events`, one row per game.

    Facts come from the box, else the schedule, else the vendor. A box with nobody at home is of a neutral floor: who
    is listed as host the schedule or the vendor says, else the alphabet. `starts_at` is the vendor's last word, else
    the league's time plus ten minutes, else null. `final` has a box; `unplayed` has none though a later game has one.
    Nothing but the frames decides, so frames as of T give the events as of T.
    """
    boxed, listed, quoted = _of_box(team_box), _of_schedule(schedule), _of_vendor(vendor_events)
    ids = pl.concat([frame.select("event_id") for frame in (boxed, listed, quoted)]).unique()
    rows = ids
    for frame, suffix in ((boxed, "_box"), (listed, "_schedule"), (quoted, "_vendor")):
        rows = rows.join(
            frame.rename({c: c + suffix for c in frame.columns if c != "event_id"}), on="event_id", how="left"
        )
    known = rows.with_columns(
        pl.lit(Sport.NBA.value).alias("sport"),
        *(pl.coalesce(f"{c}_box", f"{c}_schedule", f"{c}_vendor").alias(c) for c in _FACTS),
        *(pl.coalesce(f"{c}_box", f"{c}_schedule", f"{c}_vendor", f"{c}_listed_box").alias(c) for c in _SIDES),
        pl.coalesce("starts_at_vendor", pl.col("starts_at_schedule") + VENDOR_DELAY).alias("starts_at"),
        pl.coalesce("is_neutral_schedule", "is_neutral_box", pl.lit(False)).alias("is_neutral"),
        pl.lit(1, pl.Int64()).alias("game_number"),
    )
    return EVENTS.conform(known.with_columns(_status())).sort("game_day", "event_id")


def _status() -> pl.Expr:
    is_final = pl.col("season_box").is_not_null()
    last_final_day = pl.col("game_day").filter(is_final).max()
    is_past = pl.col("game_day") < last_final_day
    return (
        pl.when(is_final)
        .then(pl.lit("final"))
        .when(is_past)
        .then(pl.lit("unplayed"))
        .otherwise(pl.lit("scheduled"))
        .alias("status")
    )


def _of_box(team_box: pl.DataFrame) -> pl.DataFrame:
    sides = pl.when(pl.col("is_home")).then("team").otherwise("opponent")
    others = pl.when(pl.col("is_home")).then("opponent").otherwise("team")
    nobody_at_home = (pl.len() == 2) & ~pl.col("is_home").fill_null(False).any()
    games = (
        newest(team_box, ["event_id", "team"])
        .with_columns(sides.alias("home"), others.alias("away"))
        .sort("event_id", "is_home", "team", descending=[False, True, False])
        .group_by("event_id", maintain_order=True)
        .agg(pl.col(*_FACTS, *_SIDES).first(), nobody_at_home.alias("is_neutral"))
    )
    listed = [pl.col(side).alias(f"{side}_listed") for side in _SIDES]
    return games.with_columns(*listed, *(pl.when(~pl.col("is_neutral")).then(side).alias(side) for side in _SIDES))


def _of_schedule(schedule: pl.DataFrame) -> pl.DataFrame:
    return newest(schedule, ["event_id"]).select("event_id", *_FACTS, *_SIDES, "starts_at", "is_neutral")


def _of_vendor(vendor_events: pl.DataFrame) -> pl.DataFrame:
    ours = vendor_events.filter(pl.col("sport") == Sport.NBA)
    prefix = pl.col("event_id").str.strip_prefix("nba:").str.head(3)
    kind = prefix.replace_strict(_TYPE_OF_PREFIX, default="regular", return_dtype=pl.String()).alias("season_type")
    by_time = ours.with_columns(kind).sort("observed_at", "vendor", "vendor_event_id", nulls_last=False)
    return by_time.group_by("event_id", maintain_order=True).agg(
        pl.col("season", "season_type", "game_day", "home", "away").last(),
        pl.col("starts_at").drop_nulls().last(),
    )
