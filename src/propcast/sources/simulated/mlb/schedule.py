"""When and where: 162 games a team in series of three or four, with postponements made up in doubleheaders."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from propcast.core.arrays import IntArray
from propcast.core.sport import Sport
from propcast.core.teams import ARIZONA, CENTRAL, MOUNTAIN, PACIFIC, Roof, teams_of
from propcast.sources.simulated.calendar import weekday_on_or_after
from propcast.sources.simulated.league import League

GAMES = 162

_TEAMS = teams_of(Sport.MLB)
_HOURS_BEHIND = {CENTRAL: 1, MOUNTAIN: 2, ARIZONA: 3, PACIFIC: 3}
_BEHIND = np.array([60 * _HOURS_BEHIND.get(team.zone, 0) for team in _TEAMS])
_IS_OPEN_AIR = np.array([team.roof is Roof.OPEN for team in _TEAMS])
_RAINED_OUT = 0.022
_AFTERNOON, _EVENING, _APART = 70, 400, 320
_GETAWAY_AFTERNOON = 0.45


@dataclass(frozen=True)
class Slot:
    """A stretch of days in which every team plays one series."""

    first: date
    games: int
    spare_days: int


def slots(year: int, rng: np.random.Generator) -> list[Slot]:
    """Return the season's series: weekends of three games, and midweeks of three or four that make up the 162."""
    opening = weekday_on_or_after(date(year, 3, 25), 4)
    last_sunday = weekday_on_or_after(date(year, 9, 24), 6)
    weekends = [opening + timedelta(weeks=n) for n in range((last_sunday - opening).days // 7 + 1)]
    all_star = weekday_on_or_after(date(year, 7, 11), 0)
    midweeks = [day + timedelta(days=3) for day in weekends[:-1] if day + timedelta(days=3) != all_star]
    extra = GAMES - 3 * len(weekends) - 3 * len(midweeks)
    long = set(rng.choice(len(midweeks), extra, replace=False).tolist())
    series = [Slot(day, 3, 0) for day in weekends]
    series += [Slot(day, 4, 0) if n in long else Slot(day, 3, 1) for n, day in enumerate(midweeks)]
    return sorted(series, key=lambda slot: slot.first)


def schedule(league: League, year: int) -> pl.DataFrame:
    """Return the games of a season in order.

    Columns: `game_day`, `home` and `away` (team numbers), `starts` (minutes after noon in New York), `number` (1, or 2
    for the second of a doubleheader), `is_postponed` (it was announced and never played that day).
    """
    rng = league.calendar(year)
    planned = _planned(slots(year, rng), rng)
    return _with_rain(planned, rng).sort("game_day", "number", "starts", "home")


def _planned(series: list[Slot], rng: np.random.Generator) -> pl.DataFrame:
    at_home = np.zeros(len(_TEAMS), dtype=np.int64)
    last = np.full(len(_TEAMS), -1)
    parts = []
    for slot in series:
        home, away = _pairs(at_home, last, rng)
        at_home[home] += slot.games
        last[home], last[away] = away, home
        parts.append(_series(slot, home, away, rng))
    return pl.concat(parts)


def _pairs(at_home: IntArray, last: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Pair the teams for a series, nobody with his last opponent; who has been at home less is at home."""
    while True:
        first, second = rng.permutation(len(_TEAMS)).reshape(2, -1)
        if not (last[first] == second).any():
            break
    swap = at_home[first] + rng.random(len(first)) > at_home[second] + 0.5
    return np.where(swap, second, first), np.where(swap, first, second)


def _series(slot: Slot, home: IntArray, away: IntArray, rng: np.random.Generator) -> pl.DataFrame:
    late = rng.integers(0, slot.spare_days + 1, len(home))
    offset = np.repeat(np.arange(slot.games), len(home))
    days = offset + np.tile(late, slot.games)
    hosts = np.tile(home, slot.games)
    is_last = offset == slot.games - 1
    weekday = (slot.first.weekday() + days) % 7
    afternoon = (weekday == 6) | (is_last & (rng.random(len(days)) < _GETAWAY_AFTERNOON))
    minute = np.where(afternoon, _AFTERNOON, _EVENING) + 5 * rng.integers(0, 7, len(days)) + _BEHIND[hosts]
    return pl.DataFrame(
        {"day": days, "home": hosts, "away": np.tile(away, slot.games), "starts": minute, "is_last": is_last}
    ).select(
        (pl.lit(slot.first) + pl.duration(days=pl.col("day"))).alias("game_day"), "home", "away", "starts", "is_last"
    )


def _with_rain(planned: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Postpone some games in open parks: they come first on the next day of their series, a doubleheader then."""
    ordered = planned.sort("home", "game_day")
    behind = pl.Series("behind", _BEHIND[ordered["home"].to_numpy()])
    open_air = _IS_OPEN_AIR[ordered["home"].to_numpy()] & ~ordered["is_last"].to_numpy()
    rains = pl.Series("rains", open_air & (rng.random(ordered.height) < _RAINED_OUT))
    yesterday = pl.col("rains").shift(1, fill_value=False).over("home")
    games = ordered.with_columns(behind, rains).with_columns(
        is_postponed=pl.col("rains") & ~yesterday  # the day after stays dry: three games of one would be too many
    )
    is_second = pl.col("is_postponed").shift(1, fill_value=False).over("home")
    evening = pl.max_horizontal("starts", _AFTERNOON + _APART + pl.col("behind"))
    announced = games.with_columns(
        number=pl.when(is_second).then(2).otherwise(1).cast(pl.Int64),
        starts=pl.when(is_second).then(evening).otherwise("starts"),
    )
    made_up = announced.filter("is_postponed").with_columns(
        pl.col("game_day").dt.offset_by("1d"), starts=_AFTERNOON + pl.col("behind"), is_postponed=pl.lit(value=False)
    )
    return pl.concat([announced, made_up]).drop("is_last", "behind", "rains")
