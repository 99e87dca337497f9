"""The season's shots one by one, and their totals by player and zone when the season is over."""

from datetime import date

import numpy as np
import polars as pl

from propcast.core.arrays import IntArray
from propcast.core.provenance import SIMULATED
from propcast.sources.simulated.calendar import at_noon
from propcast.sources.simulated.nba.players import N_ZONES
from propcast.sources.simulated.nba.rates import VALUES
from propcast.sources.simulated.nba.rotation import Script
from propcast.sources.simulated.nba.season import NbaSeason
from propcast.sources.simulated.sides import of_sides
from propcast.tables.raw import RAW_NBA_SHOT_ZONES_SEASON, RAW_NBA_SHOTS, ZONES

_PERIOD_S, _OVERTIME_S = 720, 300
_DISTANCE = {
    "ra": (0.0, 4.0),
    "paint": (4.0, 14.0),
    "mid": (10.0, 22.0),
    "corner3": (22.0, 23.5),
    "above3": (23.8, 29.0),
}


def shots(season: NbaSeason, facts: pl.DataFrame) -> pl.DataFrame:
    """Return `raw_nba_shots`: every attempt behind the box, at a random second of its game."""
    outcome, rng = season.outcome, season.league.stream("shots", season.season)
    made = np.stack([outcome.attempts - outcome.made, outcome.made], axis=-1)
    game, side, place, zone, went_in = (
        np.repeat(axis.ravel(), made.ravel()) for axis in np.indices(made.shape, dtype=np.int64)
    )
    length = 4 * _PERIOD_S + _OVERTIME_S * (outcome.script[game] == Script.OVERTIME)
    second = rng.random(len(game)) * length
    low, high = (np.array([_DISTANCE[name][end] for name in ZONES])[zone] for end in (0, 1))
    frame = pl.DataFrame(
        {
            "game": game,
            "side": side,
            "player_id": season.players.ids[season.who.members[game, side, place]],
            "zone_no": zone,
            "made": went_in == 1,
            "points": VALUES[zone],
            "second": second,
            "distance_ft": np.round(low + (high - low) * rng.random(len(game)), 1),
        }
    ).sort("game", "second")
    return RAW_NBA_SHOTS.conform(of_sides(_timed(frame), facts))


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    """Say period and clock of the game's seconds, and number its shots."""
    regular = pl.col("second") < 4 * _PERIOD_S
    into = pl.when(regular).then(pl.col("second") % _PERIOD_S).otherwise(pl.col("second") - 4 * _PERIOD_S)
    return frame.with_columns(
        action_no=pl.int_range(1, pl.len() + 1).over("game"),
        period=pl.when(regular).then((pl.col("second") // _PERIOD_S).cast(pl.Int64) + 1).otherwise(5),
        clock_s=(pl.when(regular).then(_PERIOD_S).otherwise(_OVERTIME_S) - into).round(1),
        zone=pl.col("zone_no").replace_strict(dict(enumerate(ZONES)), return_dtype=pl.String),
    )


def season_zones(season: NbaSeason) -> pl.DataFrame:
    """Return `raw_nba_shot_zones_season`, known in July; a traded player has one row, under his last team."""
    members = season.who.members
    totals: dict[str, IntArray] = {}
    for name, counts in (("fga", season.outcome.attempts), ("fgm", season.outcome.made)):
        sums = np.zeros((len(season.players.ids), N_ZONES), dtype=np.int64)
        np.add.at(sums, members.ravel(), counts.reshape(-1, N_ZONES))
        totals |= {f"{zone}_{name}": sums[:, i] for i, zone in enumerate(ZONES)}
    last = np.zeros(len(season.players.ids), dtype=np.int64)
    last[members.ravel()] = np.repeat(season.games.sides.ravel(), members.shape[-1])
    known = at_noon(date(int(season.season[:4]) + 1, 7, 1))
    rows = pl.DataFrame({"player_id": season.players.ids, **totals}).with_columns(
        pl.Series("player_name", season.players.names),
        pl.Series("team", [season.league.teams[team] for team in last.tolist()]),
        season=pl.lit(season.season),
        season_type=pl.lit("regular"),
        backcourt_fga=pl.lit(0),
        backcourt_fgm=pl.lit(0),
        observed_at=pl.lit(known),
        source=pl.lit(SIMULATED),
    )
    shooters = rows.filter(pl.sum_horizontal(f"{zone}_fga" for zone in ZONES) > 0)
    return RAW_NBA_SHOT_ZONES_SEASON.conform(shooters)
