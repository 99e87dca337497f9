"""What one sport's schedule and grid say of the days that are watched: today, and the days whose outputs are owed."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

import polars as pl

from propcast.apps.checks.ages import games_to_come, newest_quote
from propcast.backends.compose import Backends
from propcast.backends.state.records import ExpectedOutput, StepState
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.promises import (
    DUE,
    FORECASTS,
    GRACE,
    GRADES,
    OVERDUE,
    WATCHED_DAYS,
    Promise,
    Starts,
    minutes_to_next,
    promises,
)
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.tables.analytics import EVENTS

_SETTLED = (StepState.DONE, StepState.EMPTY_OK)
_COUNTED = (FORECASTS, GRADES)


@dataclass(frozen=True)
class Horizon:
    """The watched days of one sport.

    Attributes:
        cells: of all watched days.
        games: of all watched days, those that are to be played; `today` has those of today alone.
    """

    sport: Sport
    now: datetime
    cells: tuple[ExpectedOutput, ...]
    games: Starts
    today: Starts

    @property
    def cells_today(self) -> list[ExpectedOutput]:
        """The cells of today."""
        day = GameDay.of_instant(self.now)
        return [cell for cell in self.cells if cell.game_day == day]

    @cached_property
    def promises(self) -> list[Promise]:
        """What is owed of the games."""
        return promises(self.cells, self.games)

    @property
    def covered(self) -> float:
        """The share of today's games that have their forecasts, or need none; 1 on a day without games."""
        settled = {cell.event_id for cell in self.cells_today if cell.step == FORECASTS and cell.state in _SETTLED}
        return len(settled & self.today.keys()) / len(self.today) if self.today else 1.0

    def measure(self, metrics: Metrics) -> None:
        """Measure what today owes and has, what is overdue, and how far away the next game is."""
        sport, cells = self.sport.value, self.cells_today
        due = Counter(each.cell.step for each in self.promises if each.is_missing(self.now))
        overdue = Counter(each.cell.step for each in self.promises if each.is_missing(self.now - GRACE))
        for step in sorted({cell.step for cell in self.cells}):
            states = Counter(cell.state for cell in cells if cell.step == step)
            for state in StepState:  # also what has become none
                metrics.set(declared.EXPECTED_OUTPUTS, states[state], sport=sport, step=step, state=state.value)
            for late, found in ((DUE, due), (OVERDUE, overdue)):
                metrics.set(declared.EXPECTED_OUTPUTS, found[step], sport=sport, step=step, state=late)
        metrics.set(declared.SLATE_COVERAGE, self.covered, sport=sport)
        metrics.set(declared.MINUTES_TO_START, minutes_to_next(list(self.today.values()), self.now), sport=sport)


@dataclass
class Judged:
    """Counts each promise once, when it falls due; what was due before the process began was counted by others."""

    since: datetime
    _counted: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, horizon: Horizon, metrics: Metrics) -> None:
        """Count what has fallen due since the last look, as kept or not."""
        with self._lock:
            for step in _COUNTED:
                for kept in (True, False):  # a counter that begins at its first count hides that one
                    _count(horizon.sport, step, metrics, 0, is_kept=kept)
            for promise in horizon.promises:
                is_new = promise.cell.key not in self._counted and self.since < promise.due_at <= horizon.now
                if promise.cell.step in _COUNTED and is_new:
                    self._counted.add(promise.cell.key)
                    _count(horizon.sport, promise.cell.step, metrics, 1, is_kept=promise.is_kept)


def read_horizon(backends: Backends, sport: Sport) -> Horizon:
    """Read the watched days of a sport."""
    now = backends.clock.now()
    today = GameDay.of_instant(now)
    first = today.plus(-WATCHED_DAYS)
    cells = backends.ledger.expected_between(sport, first, today)
    games = _games(backends, sport, first, today)
    return Horizon(
        sport, now, tuple(cells), {event: start for event, _, start in games},
        {event: start for event, day, start in games if day == today.date},
    )  # fmt: skip


def lines_age(backends: Backends, sport: Sport, metrics: Metrics) -> None:
    """Measure how old the newest quote of games to come is; 0 when none is to come."""
    now = backends.clock.now()
    expected = games_to_come(backends, sport, now)
    newest = newest_quote(backends, sport, expected.day) if expected else None
    age = (now - newest).total_seconds() if newest else 0.0
    metrics.set(declared.LINE_AGE, max(0.0, age), sport=sport.value)


def _games(backends: Backends, sport: Sport, first: GameDay, last: GameDay) -> list[tuple[str, date, datetime | None]]:
    days = tuple(first.date + timedelta(days=n) for n in range((last.date - first.date).days + 1))
    seasons = tuple(dict.fromkeys(GameDay(day).season(sport) for day in days))
    where = [In("season", seasons), In("sport", (sport,)), In("game_day", days)]
    events = backends.warehouse.read(EVENTS, where, columns=["event_id", "game_day", "starts_at", "status"])
    return events.filter(pl.col("status") != "unplayed").select("event_id", "game_day", "starts_at").rows()


def _count(sport: Sport, step: str, metrics: Metrics, by: float, *, is_kept: bool) -> None:
    metrics.count(declared.PROMISES, by, sport=sport.value, promise=step, kept=str(is_kept).lower())
