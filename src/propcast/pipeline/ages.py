"""How old the inputs and outputs of a game day are, judged by what the calendar expects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import Run, StepState
from propcast.backends.warehouse.port import In
from propcast.core.freshness import LIVE
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.calendar import DayKind, Outlook
from propcast.pipeline.standing import Due, StageState, is_recent
from propcast.tables.raw import RAW_QUOTE_POLLS

EXPECTED_BEFORE = timedelta(hours=6)
"""Quotes, features and a slate are expected this long before the first start."""

GRACE = timedelta(hours=1)
"""So long after that, what is not there is late."""

_GOOD = (StepState.DONE, StepState.DEGRADED, StepState.EMPTY_OK)


class AgeState(StrEnum):
    """What an age means."""

    FRESH = "fresh"
    QUIET = "quiet"  # nothing is expected of this day
    PAST = "past"  # the day is over: it will not become any fresher
    WAITING = "waiting"
    STALE = "stale"
    LATE = "late"


_UNGRADED = {
    StageState.WAITING: AgeState.WAITING,
    StageState.LATE: AgeState.LATE,
    StageState.NOT_RUN: AgeState.PAST,
}


@dataclass(frozen=True)
class Age:
    """When something was last made or seen; `at` is None while it never was."""

    sport: Sport
    what: str
    game_day: GameDay
    at: datetime | None
    state: AgeState


@dataclass(frozen=True)
class Moments:
    """When the parts of a day were last made or seen."""

    quotes: datetime | None
    features: datetime | None
    slate: datetime | None
    grades: datetime | None


def read_moments(backends: Backends, sport: Sport, day: GameDay) -> Moments:
    """Return when the parts of a day were last made or seen; grades are those of the day before."""
    today = [In("game_day", (day.date,)), In("sport", (sport,))]
    polls = backends.warehouse.distinct(RAW_QUOTE_POLLS, ["poll_at"], today)
    slate = backends.ledger.current(sport, day)
    return Moments(
        quotes=polls.filter(pl.col("poll_at") <= backends.clock.now())["poll_at"].max(),  # type: ignore[arg-type]
        features=_ended(backends.ledger.runs(sport, day, f"{sport}/precompute")),
        slate=slate.published_at if slate else None,
        grades=_ended(backends.ledger.runs(sport, day.plus(-1), f"{sport}/grade")),
    )


def ages(outlook: Outlook, before: Outlook, moments: Moments, now: datetime) -> list[Age]:
    """Return the ages of a day's quotes, features and slate, and of the grades of the day `before`."""
    made = {"quotes": moments.quotes, "features": moments.features, "slate": moments.slate}
    of_day = [
        Age(outlook.sport, what, outlook.game_day, at, _before_the_games(outlook, what, at, now))
        for what, at in made.items()
    ]
    return [*of_day, Age(before.sport, "grades", before.game_day, moments.grades, _grades(before, moments.grades, now))]


def _before_the_games(outlook: Outlook, what: str, at: datetime | None, now: datetime) -> AgeState:
    """Judge something that is of use until the last game starts."""
    if outlook.kind is not DayKind.GAMES:
        return AgeState.QUIET
    if outlook.next_start is None and outlook.first_start is not None:
        return AgeState.PAST
    if at is None:
        late = outlook.first_start is not None and now > outlook.first_start - EXPECTED_BEFORE + GRACE
        return AgeState.LATE if late else AgeState.WAITING
    patience = _patience(outlook, now) if what == "quotes" else None
    return AgeState.STALE if patience is not None and now - at > patience else AgeState.FRESH


def _grades(before: Outlook, at: datetime | None, now: datetime) -> AgeState:
    """Judge the grades of the day before as its games are judged."""
    if before.kind is not DayKind.GAMES:
        return AgeState.QUIET
    if at is not None:
        return AgeState.FRESH
    return _UNGRADED[Due(before.game_day, None, now, is_recent(before.game_day, now)).grades]


def _patience(outlook: Outlook, now: datetime) -> timedelta | None:
    """Return how old a quote may be before the next start."""
    if outlook.next_start is None:
        return None
    lead = outlook.next_start - now
    return next((most for at_least, most in LIVE.limits if lead >= at_least), None)


def _ended(runs: Sequence[Run]) -> datetime | None:
    return next((run.closed_at for run in runs if run.outcome in _GOOD), None)
