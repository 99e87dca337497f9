"""When and where: a season's games on its days, with real density, back-to-backs, breaks and tip-off times."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.core.sport import Sport
from propcast.core.teams import PACIFIC, teams_of
from propcast.sources.simulated.calendar import weekday_on_or_after
from propcast.sources.simulated.league import League
from propcast.sources.simulated.nba.fixtures import TEAMS, matchups

MOST_GAMES_A_DAY = 15
_GAMES_BY_WEEKDAY = (7.6, 5.1, 8.6, 6.2, 8.4, 6.6, 7.2)
_BACK_TO_BACK_COST, _TRAVEL_COST, _REMATCH_COST = 2.6, 0.12, 2.0
_NEVER = -9
_KM_PER_DEGREE = 100.0


@dataclass
class _Placing:
    """What is known while games are put on days; rows of the arrays are teams or games.

    Attributes:
        last, before_last: ordinals of the days on which a team last played.
        where: the arena in which it did.
    """

    pairs: IntArray
    left: BoolArray
    last: IntArray
    before_last: IntArray
    where: IntArray


def season_days(year: int) -> list[date]:
    """Return the days on which there may be games: late October to mid April, without feasts and All-Star week."""
    first = weekday_on_or_after(date(year, 10, 20), 1)
    last = weekday_on_or_after(date(year + 1, 4, 8), 6)
    thanksgiving = weekday_on_or_after(date(year, 11, 22), 3)
    all_star = weekday_on_or_after(date(year + 1, 2, 15), 6)
    idle = {thanksgiving, date(year, 12, 24), *(all_star + timedelta(days=offset) for offset in range(-2, 4))}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day not in idle]


def schedule(league: League, year: int) -> pl.DataFrame:
    """Return the games of a season in order: `game_day`, `home` and `away` (team numbers), `tip_off` (Eastern)."""
    rng = league.calendar(year)
    pairs = matchups(rng)
    placed = _placed(pairs, season_days(year), rng)
    rows = [(day, int(pairs[game, 0]), int(pairs[game, 1])) for day, games in placed for game in games]
    frame = pl.DataFrame(rows, schema={"game_day": pl.Date, "home": pl.Int64, "away": pl.Int64}, orient="row")
    tip_offs = _tip_offs(frame, rng)
    return frame.with_columns(tip_offs).sort("game_day", "tip_off", "home")


def _placed(pairs: IntArray, days: list[date], rng: np.random.Generator) -> list[tuple[date, list[int]]]:
    """Fill the days one after the other; what is left at the end is played on the days after."""
    none = np.full(len(TEAMS), _NEVER, dtype=np.int64)
    state = _Placing(pairs, np.ones(len(pairs), dtype=bool), none.copy(), none.copy(), np.arange(len(TEAMS)))
    weights = np.array([_GAMES_BY_WEEKDAY[day.weekday()] for day in days])
    weights[0] = 2.0
    ahead = np.cumsum(weights[::-1])[::-1]
    placed, day, index = [], days[0], 0
    while state.left.any():
        share = weights[index] / ahead[index] if index < len(days) else 1.0
        day = days[index] if index < len(days) else day + timedelta(days=1)
        spread = rng.lognormal(0.0, 0.35) if 0 < index < len(days) - 1 else 1.0
        wanted = int(np.clip(round(state.left.sum() * share * spread), 1, MOST_GAMES_A_DAY))
        placed.append((day, _games_of(state, day.toordinal(), wanted, rng)))
        index += 1
    return placed


def _games_of(state: _Placing, day: int, wanted: int, rng: np.random.Generator) -> list[int]:
    """Choose a day's games, most urgent first, no team twice and none on a third day running."""
    candidates = np.flatnonzero(state.left)
    urgency = _urgency(state, candidates, day) + rng.gumbel(0.0, 0.8, len(candidates))
    ordered = candidates[np.argsort(-urgency)]
    busy = set(np.flatnonzero((state.last == day - 1) & (state.before_last == day - 2)).tolist())
    games: list[int] = []
    for game, (home, away) in zip(ordered.tolist(), state.pairs[ordered].tolist(), strict=True):
        if home in busy or away in busy:
            continue
        games.append(game)
        busy |= {home, away}
        if len(games) == wanted:
            break
    _play(state, games, day)
    return games


def _urgency(state: _Placing, candidates: IntArray, day: int) -> FloatArray:
    """Teams with more games to go come first; travelling, tired and just met opponents later."""
    to_go = np.bincount(state.pairs[state.left].ravel(), minlength=len(TEAMS)).astype(np.float64)
    home, away = state.pairs[candidates].T
    tired = (state.last == day - 1).astype(np.float64)
    km = _DISTANCES[state.where[away], home] + 0.5 * _DISTANCES[state.where[home], home]
    again = (state.last[home] == state.last[away]) & (state.where[home] == state.where[away])
    score: FloatArray = to_go[home] + to_go[away] - to_go.mean() * 2
    score -= _BACK_TO_BACK_COST * (tired[home] + tired[away]) + _TRAVEL_COST * km / 500 + _REMATCH_COST * again
    return score


def _play(state: _Placing, games: list[int], day: int) -> None:
    state.left[games] = False
    home, away = state.pairs[games].T
    for team in (home, away):
        state.before_last[team], state.last[team], state.where[team] = state.last[team], day, home


def _tip_offs(games: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """Return minutes after noon in New York: evenings by the home arena's zone, some weekend afternoons."""
    home = games["home"].to_numpy()
    usual = np.choose(_ZONE_OF_TEAM[home], (420, 480, 540, 600)) + 30 * rng.integers(0, 2, len(home))
    weekend = games["game_day"].dt.weekday().to_numpy() >= 6
    is_matinee = weekend & (rng.random(len(home)) < 0.35)
    matinee = 60 + 30 * rng.integers(0, 9, len(home)) + 60 * (_ZONE_OF_TEAM[home] >= 2)
    return pl.Series("tip_off", np.where(is_matinee, matinee, usual))


def _zone_number(zone: str) -> int:
    return {"America/Chicago": 1, "America/Denver": 2, "America/Phoenix": 2, PACIFIC: 3}.get(zone, 0)


_HOMES = teams_of(Sport.NBA)
_ZONE_OF_TEAM = np.array([_zone_number(team.zone) for team in _HOMES])
_PLACES = np.array([(team.lat, team.lon) for team in _HOMES], dtype=np.float64)
_DISTANCES = _KM_PER_DEGREE * np.hypot(
    _PLACES[:, None, 0] - _PLACES[None, :, 0], 0.8 * (_PLACES[:, None, 1] - _PLACES[None, :, 1])
)
