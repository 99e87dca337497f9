"""A pitcher's own form: windows over his starts of the season before the day."""

import polars as pl

from propcast.analytics.mlb.pitcher_game import rest_days
from propcast.analytics.windows import (
    GAME_DAY,
    GAME_NO,
    before,
    day_states,
    in_order,
    last_count,
    last_mean,
    last_ratio,
    last_std,
    last_sum,
    ratio,
)
from propcast.precompute.mlb.totals import STAMPS, of_subjects

MIN_TRACKED_PITCHES = 50
MAX_REST_DAYS = 30

_SUBJECT = ["player_id", "season"]
_TRACKED = {
    "swstr": ("whiffs", "pitches"),
    "csw": ("csw", "pitches"),
    "whiff": ("whiffs", "swings"),
    "chase": ("chases", "outside_pitches"),
    "z_contact": ("zone_contacts", "zone_swings"),
}
"""Pitch-level rates as ratios of sums (DOMAIN 5.3), over starts where both parts were tracked."""


def start_windows(contexts: pl.DataFrame, pitcher_games: pl.DataFrame) -> pl.DataFrame:
    """Return for each context, in its order, the features of his starts this season, whatever came of them."""
    starts = of_subjects(pitcher_games, contexts, _SUBJECT).filter(pl.col("role") == "starter")
    columns = [*_SUBJECT, GAME_DAY, GAME_NO, *_strikeouts(), *_workload(), *_pitches(), *_velocity()]
    windows = in_order(starts, _SUBJECT).select(columns)
    found = before(contexts, day_states(windows), _SUBJECT)
    return found.with_columns(pl.col("starts_season", "outs_season").fill_null(0))


def last_appearance(contexts: pl.DataFrame, pitcher_games: pl.DataFrame) -> pl.DataFrame:
    """Return for each context `pitches_last` and `days_rest` since his last appearance this season, and STAMPS.

    Relief counts: an arm rests from any outing. Rest is capped at 30 days.
    """
    appearances = in_order(of_subjects(pitcher_games, contexts, _SUBJECT), _SUBJECT).select(
        *_SUBJECT, GAME_DAY, GAME_NO, pl.col("pitches").alias("pitches_last"), pl.col(GAME_DAY).alias("last_day"),
        pl.col("observed_at").cum_max().over(_SUBJECT).alias("last_seen"),
    )  # fmt: skip
    found = before(contexts, day_states(appearances), _SUBJECT).with_columns(contexts[GAME_DAY])
    rest = rest_days(pl.col(GAME_DAY), pl.col("last_day")).clip(upper_bound=MAX_REST_DAYS)
    return found.select("pitches_last", rest.alias("days_rest"), *STAMPS)


def _strikeouts() -> list[pl.Expr]:
    strikeouts, faced = pl.col("strikeouts"), pl.col("batters_faced")
    return [
        last_mean(strikeouts, 3, 2).alias("k_avg_l3"),
        last_mean(strikeouts, 5, 3).alias("k_avg_l5"),
        last_mean(strikeouts, 10, 4).alias("k_avg_l10"),
        last_std(strikeouts, 10, 4).alias("k_std_l10"),
        last_ratio(strikeouts, faced, 5, 3).alias("k_pct_l5"),
        _season_ratio(strikeouts, faced).alias("k_pct_season"),
        pl.when(pl.col(GAME_NO) >= 2).then(_season_ratio(pl.col("walks"), faced)).alias("bb_pct_season"),
    ]


def _workload() -> list[pl.Expr]:
    faced, pitches = pl.col("batters_faced"), pl.col("pitches")
    return [
        last_mean(faced, 5, 3).alias("bf_avg_l5"),
        last_std(faced, 10, 4).alias("bf_std_l10"),
        last_mean(pitches, 5, 3).alias("pitches_avg_l5"),
        last_ratio(pitches, faced, 5, 3).alias("pitches_per_bf_l5"),
        pl.col(GAME_NO).alias("starts_season"),
        last_sum(pl.col("outs")).alias("outs_season"),
    ]


def _pitches() -> list[pl.Expr]:
    tracked = pl.when(pl.col("whiffs").is_not_null()).then("pitches")
    recent = last_ratio(pl.col("whiffs"), pl.col("pitches"), 3, 1)
    enough = last_sum(tracked) >= MIN_TRACKED_PITCHES
    return [
        pl.when(last_sum(tracked, 3) >= MIN_TRACKED_PITCHES).then(recent).alias("swstr_l3"),
        *(
            pl.when(enough).then(_season_ratio(pl.col(part), pl.col(whole))).alias(f"{name}_season")
            for name, (part, whole) in _TRACKED.items()
        ),
        *(
            (last_count(pl.col(part) + pl.col(whole)) > 0).alias(f"has_{name}")
            for name, (part, whole) in _TRACKED.items()
        ),
    ]


def _velocity() -> list[pl.Expr]:
    speed = pl.col("fb_velo_mph")
    recent = last_mean(speed, 3, 1)
    # From the fourth start on, three rows up is the same pitcher's same season.
    earlier = ratio(last_sum(speed), last_count(speed)).shift(3)
    return [
        recent.alias("fb_velo_l3"),
        pl.when(pl.col(GAME_NO) > 3).then(recent - earlier).alias("fb_velo_trend"),
        (last_count(speed) > 0).alias("has_velocity"),
    ]


def _season_ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Ratio of sums over the season's starts that have both."""
    both = part.is_not_null() & whole.is_not_null()
    return ratio(last_sum(pl.when(both).then(part)), last_sum(pl.when(both).then(whole)))
