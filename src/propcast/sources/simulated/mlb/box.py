"""The season as raw tables: pitchers' and batters' games, plate appearances and line-ups, with later corrections."""

import numpy as np
import polars as pl

from propcast.sources.simulated.mlb.lineups import SLOTS
from propcast.sources.simulated.mlb.play import HIT, HIT_BY_PITCH, HOME_RUN, OUT, STRIKEOUT, WALK
from propcast.sources.simulated.mlb.season import MlbSeason
from propcast.sources.simulated.sides import of_sides
from propcast.sources.simulated.states import corrected
from propcast.tables.raw import (
    RAW_MLB_BATTER_GAME,
    RAW_MLB_LINEUPS,
    RAW_MLB_PITCHER_GAME,
    RAW_MLB_PLATE_APPEARANCES,
)

_CORRECTED_ROWS = 0.2
_PITCHES_PER_BATTER = 3.85
_MOST_PITCHES = 150


def pitcher_game_states(season: MlbSeason, facts: pl.DataFrame) -> list[pl.DataFrame]:
    """Return `raw_mlb_pitcher_game`: first published, then corrected (a hit that was first scored an error)."""
    lines = season.appearances.group_by("game", "side", "pitcher", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("batters_faced"),
        pl.col("vs_starter").first().alias("is_starter"),
        pl.col("left_pitcher").first(),
        *_counted("pitching"),
    )
    men, pitcher = season.pitchers, lines["pitcher"].to_numpy()
    rows = of_sides(lines, facts).with_columns(
        pl.Series("pitcher_id", men.ids[pitcher]),
        pl.Series("pitcher_name", np.array(men.names)[pitcher]),
        *_tracked(season, lines),
        throws=_hand("left_pitcher"),
    )
    rng = season.league.stream("corrections", season.season)
    wrong = pl.Series(rng.random(rows.height) < _CORRECTED_ROWS) & (rows["hits"] > rows["home_runs"])
    marked = rows.with_columns(wrong.alias("is_wrong"))
    states = corrected(marked, pl.col("is_wrong"), "hits", pl.col("hits") - 1)
    return [RAW_MLB_PITCHER_GAME.conform(state) for state in states]


def batter_games(season: MlbSeason, facts: pl.DataFrame) -> pl.DataFrame:
    """Return `raw_mlb_batter_game`: the nine who batted."""
    lines = season.appearances.group_by("game", "side", "batter", "slot", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("plate_appearances"), *_counted("batting")
    )
    people, batter = season.hitters.people, lines["batter"].to_numpy()
    batting = lines.with_columns(side=1 - pl.col("side"))
    rows = of_sides(batting, facts).with_columns(
        pl.Series("batter_id", people.ids[batter]),
        pl.Series("batter_name", np.array(people.names)[batter]),
        pl.Series("bats", np.array(season.hitters.side)[batter]),
        at_bats=pl.col("plate_appearances") - pl.col("walks") - pl.col("hbp"),
    )
    return RAW_MLB_BATTER_GAME.conform(rows)


def plate_appearances(season: MlbSeason, facts: pl.DataFrame) -> pl.DataFrame:
    """Return `raw_mlb_plate_appearances`."""
    rows = season.appearances
    placed = of_sides(rows, facts).with_columns(
        pl.Series("pitcher_id", season.pitchers.ids[rows["pitcher"].to_numpy()]),
        pl.Series("batter_id", season.hitters.people.ids[rows["batter"].to_numpy()]),
        at_bat_index=pl.int_range(pl.len()).over("game"),
        pitching_team=pl.col("team"),
        batting_team=pl.col("opponent"),
        bat_side=_hand("left_batter"),
        pitch_hand=_hand("left_pitcher"),
        times_through=(1 + pl.col("faced") // SLOTS).clip(upper_bound=5),
        is_strikeout=pl.col("result") == STRIKEOUT,
    )
    return RAW_MLB_PLATE_APPEARANCES.conform(placed)


def confirmed_lineups(season: MlbSeason, facts: pl.DataFrame) -> pl.DataFrame:
    """Return `raw_mlb_lineups`: both orders of every announced game, hours or minutes before its start."""
    batters = season.orders.batters
    game, side, slot = (axis.ravel() for axis in np.indices(batters.shape, dtype=np.int64))
    batter = batters.ravel()
    rows = pl.DataFrame(
        {
            "game": game,
            "side": side,
            "slot": slot + 1,
            "batter_id": season.hitters.people.ids[batter],
            "bats": np.array(season.hitters.side)[batter],
            "lead": season.orders.lead_min[game, side],
        }
    )
    placed = of_sides(rows, facts).with_columns(
        observed_at=pl.col("starts_at") - pl.duration(minutes=pl.col("lead")), is_confirmed=pl.lit(value=True)
    )
    return RAW_MLB_LINEUPS.conform(placed)


def _counted(side: str) -> list[pl.Expr]:
    result = pl.col("result")
    counts = {"strikeouts": [STRIKEOUT], "walks": [WALK], "hbp": [HIT_BY_PITCH], "home_runs": [HOME_RUN],
              "hits": [HOME_RUN, HIT]}  # fmt: skip
    if side == "pitching":
        counts["outs"] = [STRIKEOUT, OUT]
    return [result.is_in(kinds).sum().cast(pl.Int64).alias(name) for name, kinds in counts.items()]


def _tracked(season: MlbSeason, lines: pl.DataFrame) -> list[pl.Series]:
    """Return what cameras count, consistent with the box: whiffs rise with strikeouts, velocity is the man's own."""
    rng = season.league.stream("pitches", season.season)
    faced, struck_out = (lines[name].to_numpy() for name in ("batters_faced", "strikeouts"))
    pitches = np.clip(np.rint(_PITCHES_PER_BATTER * faced + 0.5 * np.sqrt(faced) * rng.standard_normal(len(faced))),
                      np.maximum(faced, 3 * struck_out), _MOST_PITCHES).astype(np.int64)  # fmt: skip
    balls = rng.binomial(pitches - np.minimum(pitches, 3 * struck_out), 0.40)
    swings = np.maximum(rng.binomial(pitches - balls, 0.72), struck_out)
    whiffs = np.minimum(swings, struck_out + rng.binomial(np.maximum(swings - struck_out, 0), 0.13))
    called = rng.binomial(pitches - balls - swings, 0.95)
    chases = rng.binomial(swings, 0.31)
    in_zone = swings - chases
    missed_in_zone = np.minimum(rng.binomial(whiffs, 0.45), in_zone)
    speed = season.pitchers.velocity[lines["pitcher"].to_numpy()] + 0.5 * rng.standard_normal(len(faced))
    values = {
        "pitches": pitches, "balls": balls, "strikes": pitches - balls, "swings": swings, "whiffs": whiffs,
        "csw": whiffs + called, "chases": chases, "zone_swings": in_zone, "zone_contacts": in_zone - missed_in_zone,
        "outside_pitches": np.maximum(chases, rng.binomial(pitches, 0.51)), "fb_velo_mph": np.round(speed, 1),
    }  # fmt: skip
    return [pl.Series(name, column) for name, column in values.items()]


def _hand(is_left: str) -> pl.Expr:
    return pl.when(is_left).then(pl.lit("L")).otherwise(pl.lit("R"))
