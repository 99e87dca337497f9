"""A season's box lines: one row per game, side and place in the squad, with everything that a scorer writes down."""

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray, IntArray
from propcast.sources.simulated.nba.players import SQUAD
from propcast.sources.simulated.nba.rotation import Script
from propcast.sources.simulated.nba.season import NbaSeason

REGULATION_S, OVERTIME_S = 240 * 60, 25 * 60
"""Seconds that five players share."""

_SHORTEST_STINT_S = 20
_LONGEST_S = 48 * 60
_LUCK_OF_LINE_UPS = 6.0


def box_lines(season: NbaSeason) -> pl.DataFrame:
    """Return the counts of everybody in every squad; who did not play has zeros, and `dnp_reason` says why.

    Columns: `game`, `side` (0 = home), `place`, `player` (number), `status`, `dnp_reason`, `is_starter`, `seconds`, and
    the box's counts.
    """
    outcome, who = season.outcome, season.who
    threes = slice(3, None)
    counts = {
        "seconds": seconds_played(outcome.share, outcome.script == Script.OVERTIME),
        "pts": outcome.points,
        "fgm": outcome.made.sum(axis=-1),
        "fga": outcome.attempts.sum(axis=-1),
        "fg3m": outcome.made[..., threes].sum(axis=-1),
        "fg3a": outcome.attempts[..., threes].sum(axis=-1),
        "ftm": outcome.free_throws_made,
        "fta": outcome.free_throws,
        "oreb": outcome.offensive,
        "dreb": outcome.defensive,
        "reb": outcome.offensive + outcome.defensive,
        "ast": outcome.assists,
        "stl": outcome.steals,
        "blk": outcome.blocks,
        "tov": outcome.turnovers,
        "pf": outcome.fouls,
        "plus_minus": _plus_minus(season),
    }
    game, side, place = np.indices(who.members.shape)
    flags = {"plays": who.plays, "is_out": who.is_out, "is_starter": who.starts, "chance": who.chance}
    columns = {"game": game, "side": side, "place": place, "player": who.members, **flags, **counts}
    frame = pl.DataFrame({name: np.ascontiguousarray(values).ravel() for name, values in columns.items()})
    return frame.with_columns(status=_status(), dnp_reason=_reason()).drop("is_out", "chance")


def seconds_played(share: FloatArray, overtime: np.ndarray) -> IntArray:
    """Return whole seconds that add up to the game's; nobody gets more than 48 minutes while six play."""
    total = REGULATION_S + OVERTIME_S * overtime.astype(np.int64)[:, None, None]
    played = share > 0
    most = np.maximum(_LONGEST_S, -(-total // played.sum(axis=-1, keepdims=True)))
    seconds = np.clip(share * total, _SHORTEST_STINT_S * played, most * played)
    for _ in range(4):
        room = np.where(played, (most - seconds) * seconds, 0.0)
        all_room = np.maximum(room.sum(axis=-1, keepdims=True), 1.0)
        seconds = seconds + (total - seconds.sum(axis=-1, keepdims=True)) * room / all_room
        seconds = np.clip(seconds, _SHORTEST_STINT_S * played, most * played)
    whole = np.floor(seconds).astype(np.int64)
    short = total - whole.sum(axis=-1, keepdims=True)
    by_fraction = np.argsort(np.argsort(-(seconds - whole) - played, axis=-1), axis=-1)
    result: IntArray = whole + (by_fraction < short)
    return result


def _plus_minus(season: NbaSeason) -> IntArray:
    """Return roughly what the score did while somebody was on the floor."""
    outcome = season.outcome
    margin = (outcome.scores - outcome.scores[:, ::-1])[..., None]
    rng = season.league.stream("plus minus", season.season)
    luck = _LUCK_OF_LINE_UPS * rng.standard_normal(outcome.share.shape) * np.sqrt(SQUAD * outcome.share / 2)
    drawn: IntArray = np.rint(margin * np.minimum(5 * outcome.share, 1) + luck).astype(np.int64)
    return np.clip(np.where(season.who.plays, drawn, 0), -60, 60)


def _status() -> pl.Expr:
    hurt = pl.col("is_out") | (pl.col("place") < 8)
    absent = pl.when(hurt).then(pl.lit("inactive")).otherwise(pl.lit("dnp"))
    return pl.when("plays").then(pl.lit("played")).otherwise(absent)


def _reason() -> pl.Expr:
    kinds = ("Ankle", "Knee", "Back", "Hamstring", "Illness", "Shoulder", "Rest")
    which = (pl.col("player") * 7 + pl.col("game") // 60) % len(kinds)
    injury = pl.format("Injury/Illness - {}", which.replace_strict(dict(enumerate(kinds)), return_dtype=pl.String))
    coach = pl.lit("DNP - Coach's Decision")
    return (
        pl.when(pl.col("plays")).then(None).when(pl.col("is_out") | (pl.col("place") < 8)).then(injury).otherwise(coach)
    )
