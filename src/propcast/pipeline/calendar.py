"""What kind of day a game day is: games, none, off-season, or nothing that anybody knows of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import polars as pl

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.provenance import simulated_sports
from propcast.pipeline.queries import without_games
from propcast.tables.analytics import EVENTS

COLUMNS = ("event_id", "sport", "game_day", "starts_at", "status", "home", "away", "game_number")

_PLAYED: dict[Sport, tuple[tuple[int, int], tuple[int, int]]] = {
    Sport.NBA: ((10, 1), (6, 30)),
    Sport.MLB: ((3, 1), (11, 10)),
}
"""First and last (month, day) between which a league plays; outside of them no schedule is no surprise."""

_BREAK = timedelta(days=14)
"""A pause longer than any break within a season."""


class DayKind(StrEnum):
    """What kind of day it is."""

    GAMES = "games"
    NO_GAMES = "no_games"
    OFF_SEASON = "off_season"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outlook:
    """What one game day holds for one sport, as far as the stored events say.

    Attributes:
        games: how many events the day has; one that was called off counts.
        first_start: the earliest start of the day, where one is known.
        next_start: the earliest start that is still ahead.
        last_day: the latest earlier game day that is known.
        next_day: the next game day that is known.
        is_simulated: whether the sport's games were made up.
    """

    sport: Sport
    game_day: GameDay
    kind: DayKind
    games: int
    first_start: datetime | None
    next_start: datetime | None
    last_day: GameDay | None
    next_day: GameDay | None
    is_simulated: bool


def read_events(backends: Backends) -> pl.DataFrame:
    """Return every stored event with what the calendar needs of it."""
    return backends.warehouse.read(EVENTS, columns=COLUMNS)


def read_outlook(backends: Backends, sport: Sport, day: GameDay, now: datetime) -> Outlook:
    """Return what one game day holds."""
    return outlook(
        read_events(backends),
        sport,
        day,
        now,
        ran_empty=without_games(backends, sport, day),
        is_simulated=sport in simulated_sports(backends.warehouse),
    )


def outlook(
    events: pl.DataFrame,
    sport: Sport,
    day: GameDay,
    now: datetime,
    *,
    ran_empty: bool = False,
    is_simulated: bool = False,
) -> Outlook:
    """Return what a game day holds; `ran_empty` says that it was run with an empty schedule, which settles it."""
    of_sport = events.filter(pl.col("sport") == sport)
    today = of_sport.filter(pl.col("game_day") == day.date)
    starts = today["starts_at"].drop_nulls().sort().to_list()
    last, following = _neighbours(of_sport["game_day"].unique().to_list(), day)
    return Outlook(
        sport=sport,
        game_day=day,
        kind=DayKind.GAMES if today.height else _quiet(sport, day, last, following, ran_empty=ran_empty),
        games=today.height,
        first_start=starts[0] if starts else None,
        next_start=next((start for start in starts if start > now), None),
        last_day=last,
        next_day=following,
        is_simulated=is_simulated,
    )


def _neighbours(days: Sequence[date], day: GameDay) -> tuple[GameDay | None, GameDay | None]:
    before = max((found for found in days if found < day.date), default=None)
    after = min((found for found in days if found > day.date), default=None)
    return (GameDay(before) if before else None, GameDay(after) if after else None)


def _quiet(sport: Sport, day: GameDay, last: GameDay | None, following: GameDay | None, *, ran_empty: bool) -> DayKind:
    """A day without games lies in a break, or between seasons; past the end of a schedule nobody can say."""
    if ran_empty:
        return DayKind.NO_GAMES
    if following is not None:
        pause = following.date - (last.date if last else day.date)
        return DayKind.OFF_SEASON if pause > _BREAK else DayKind.NO_GAMES
    return DayKind.UNKNOWN if last is None or _plays(sport, day) else DayKind.OFF_SEASON


def _plays(sport: Sport, day: GameDay) -> bool:
    first, last = _PLAYED[sport]
    today = (day.date.month, day.date.day)
    return first <= today <= last if first < last else not last < today < first
