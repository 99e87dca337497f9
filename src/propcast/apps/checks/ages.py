"""How old the newest rows are, for as far as the calendar expects newer ones; no games, no age."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.ages import EXPECTED_BEFORE
from propcast.service.health.checks import Bounds, Observe, Observed
from propcast.tables.analytics import EVENTS
from propcast.tables.precompute import FEATURES
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_RESULTS

RESULTS_AT_HOUR = 14
"""From this hour UTC on, the results of the game day before are expected."""

Newest = Callable[[Backends, Sport, GameDay], datetime | None]
"""Returns when the newest row about a game day came; None while there is none."""


@dataclass(frozen=True)
class Expected:
    """Something that the calendar expects of a game day, from an instant on."""

    sport: Sport
    day: GameDay
    since: datetime


def bounds(sla_min: float) -> Bounds:
    """Return the bounds of an age whose agreed limit is so many minutes."""
    return Bounds(sla_min, 2 * sla_min)


def slate_age(backends: Backends, sports: Sequence[Sport], newest: Newest) -> Observe:
    """Return an observation of the greatest age, over the sports whose games of today are still to come."""

    def observe() -> Observed:
        now = backends.clock.now()
        expected = [found for sport in sports if (found := games_to_come(backends, sport, now)) is not None]
        return _oldest([(each, newest(backends, each.sport, each.day)) for each in expected], now)

    return observe


def source_age(backends: Backends, sports: Sequence[Sport]) -> Observe:
    """Return an observation of the greatest age of a feed: quotes of games to come, and results of the day before."""

    def observe() -> Observed:
        ages = feed_ages(backends, sports)
        worst = max(ages, key=lambda feed: ages[feed])
        minutes = round(ages[worst] / 60, 1)
        return Observed(minutes, sentence=f"the oldest is {worst}.") if minutes else Observed(0.0)

    return observe


def feed_ages(backends: Backends, sports: Sequence[Sport]) -> dict[str, float]:
    """Return how many seconds old each feed is, or has been missing; 0 where the calendar expects nothing of it."""
    now, ages = backends.clock.now(), dict[str, float]()
    for sport in sports:
        quotes, results = games_to_come(backends, sport, now), results_owed(backends, sport, now)
        newest = newest_quote(backends, sport, quotes.day) if quotes else None
        ages[f"{sport} quotes"] = _age_s(quotes, newest, now)
        ages[f"{sport} results"] = _age_s(results, None, now)
    return ages


def games_to_come(backends: Backends, sport: Sport, now: datetime) -> Expected | None:
    """Return what is expected of today's games; None when none of them is still to come."""
    today = GameDay.of_instant(now)
    starts = [start for start in _starts(backends, sport, today) if start is not None and start > now]
    return Expected(sport, today, min(starts) - EXPECTED_BEFORE) if starts else None


def results_owed(backends: Backends, sport: Sport, now: datetime) -> Expected | None:
    """Return that results of yesterday are owed; None when there were no games, or results are there."""
    yesterday = GameDay.of_instant(now).plus(-1)
    if not _starts(backends, sport, yesterday):
        return None
    season = yesterday.season(sport)
    there = backends.warehouse.distinct(
        RAW_RESULTS[sport], ["game_day"], [In("season", (season,)), In("game_day", (yesterday.date,))]
    )
    return None if there.height else Expected(sport, yesterday, yesterday.plus(1).at_utc(RESULTS_AT_HOUR))


def newest_quote(backends: Backends, sport: Sport, day: GameDay) -> datetime | None:
    """Return when a vendor was last asked about the day's games."""
    where = [In("game_day", (day.date,)), In("sport", (sport,))]
    polls: list[datetime] = backends.warehouse.distinct(RAW_QUOTE_POLLS, ["poll_at"], where)["poll_at"].to_list()
    return max(polls, default=None)


def newest_features(backends: Backends, sport: Sport, day: GameDay) -> datetime | None:
    """Return when features of the day's games were last built."""
    where = [In("season", (day.season(sport),)), In("game_day", (day.date,))]
    rows = backends.warehouse.read(FEATURES[sport], where, columns=["event_id"], lineage=True)
    built: list[datetime] = rows["built_at"].unique().to_list()
    return max(built, default=None)


def newest_slate(backends: Backends, sport: Sport, day: GameDay) -> datetime | None:
    """Return when the day's slate was last published."""
    current = backends.ledger.current(sport, day)
    return None if current is None else current.published_at


def _starts(backends: Backends, sport: Sport, day: GameDay) -> list[datetime | None]:
    where = [In("season", (day.season(sport),)), In("sport", (sport,)), In("game_day", (day.date,))]
    starts: list[datetime | None] = backends.warehouse.read(EVENTS, where, columns=["starts_at"])["starts_at"].to_list()
    return starts


def _oldest(found: Sequence[tuple[Expected, datetime | None]], now: datetime) -> Observed:
    """Return the greatest age in minutes."""
    ages = {f"{each.sport} {each.day}": _age_s(each, came, now) / 60 for each, came in found}
    worst = max(ages, key=lambda name: ages[name], default=None)
    return Observed(0.0) if worst is None else Observed(round(ages[worst], 1), sentence=f"the oldest is of {worst}.")


def _age_s(expected: Expected | None, came: datetime | None, now: datetime) -> float:
    """Return the seconds since the newest row, or without one since it was expected."""
    return 0.0 if expected is None else max(0.0, (now - max(expected.since, came or expected.since)).total_seconds())
