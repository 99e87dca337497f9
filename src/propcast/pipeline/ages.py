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
from propcast.core.gameday import EASTERN, GameDay
from propcast.core.sport import Sport
from propcast.pipeline.calendar import DayKind, Outlook
from propcast.pipeline.standing import GRADED_BY_HOUR
from propcast.tables.raw import RAW_QUOTE_POLLS

PUBLISHED_BY = timedelta(hours=3)
"""A slate is owed this long before the first start."""

_GOOD = (StepState.DONE, StepState.DEGRADED, StepState.EMPTY_OK)


class AgeState(StrEnum):
    """What an age means."""

    FRESH = "fresh"
    QUIET = "quiet"  # nothing is expected of this day
    PAST = "past"  # the day is over: it will not become any fresher
    WAITING = "waiting"
    STALE = "stale"
    LATE = "late"


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
    sport, day = outlook.sport, outlook.game_day
    due = outlook.first_start is not None and now > outlook.first_start - PUBLISHED_BY
    local = now.astimezone(EASTERN)
    graded_by_now = (local.date(), local.hour) >= (day.date, GRADED_BY_HOUR)
    return [
        Age(sport, "quotes", day, moments.quotes, _judged(outlook, moments.quotes, now, _patience(outlook, now), due)),
        Age(sport, "features", day, moments.features, _judged(outlook, moments.features, now, None, due)),
        Age(sport, "slate", day, moments.slate, _judged(outlook, moments.slate, now, None, due)),
        Age(sport, "grades", before.game_day, moments.grades,
            _judged(before, moments.grades, now, None, graded_by_now, ends_with_the_start=False)),
    ]  # fmt: skip


def overdue_min(outlook: Outlook, published_at: datetime | None, now: datetime) -> float:
    """Return for how many minutes a slate has been owed that is not there; 0 on a day that owes none."""
    if published_at is not None or outlook.next_start is None or outlook.first_start is None:
        return 0.0
    return max(0.0, round((now - (outlook.first_start - PUBLISHED_BY)).total_seconds() / 60, 1))


def _judged(
    outlook: Outlook,
    at: datetime | None,
    now: datetime,
    patience: timedelta | None,
    due: bool,
    *,
    ends_with_the_start: bool = True,
) -> AgeState:
    if outlook.kind is not DayKind.GAMES:
        return AgeState.QUIET
    if ends_with_the_start and outlook.next_start is None and outlook.first_start is not None:
        return AgeState.PAST
    if at is None:
        return AgeState.LATE if due else AgeState.WAITING
    return AgeState.STALE if patience is not None and now - at > patience else AgeState.FRESH


def _patience(outlook: Outlook, now: datetime) -> timedelta | None:
    """Return how old a quote may be before the next start."""
    if outlook.next_start is None:
        return None
    lead = outlook.next_start - now
    return next((most for at_least, most in LIVE.limits if lead >= at_least), None)


def _ended(runs: Sequence[Run]) -> datetime | None:
    return next((run.closed_at for run in runs if run.outcome in _GOOD), None)
