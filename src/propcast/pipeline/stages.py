"""What is built for a game day before it is forecast; the processors and `propcast day` run the same functions.

The day before is graded first: its closes are known by then, and features of today look at them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate, ExpectedOutput, StepState
from propcast.backends.warehouse.port import In
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import Market, markets_of
from propcast.core.sport import Sport
from propcast.pipeline.backfill import Built, ensure_analytics, ensure_history, looked_at, timed
from propcast.pipeline.grading import grade_day, grade_step
from propcast.pipeline.grid import expected_grid
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.precompute import build_features, precompute_step
from propcast.pipeline.progress import Advance, silent
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import run_step
from propcast.tables.analytics import EVENTS

UNGRADED_DAYS = 7
"""So many days back grades are made up for: results may come late."""


@dataclass(frozen=True)
class Featured:
    """What was built before a day is forecast; `participants` is how many people it may be forecast for."""

    built: tuple[Built, ...]
    participants: int


def build_day_analytics(backends: Backends, sport: Sport, day: GameDay, advance: Advance = silent) -> list[Built]:
    """Build the analytics that a game day looks at, declare what the day owes, and grade the days before it.

    Raises:
        NotReady: nothing of the sport was imported.
    """
    plan = plan_of(sport)
    advance("analytics", 0, 2)
    built = [ensure_analytics(backends, plan, looked_at(plan, (day.season(sport),)))]
    _declare(backends, expected_grid(sport, day, today_events(backends, plan, day)))
    advance("grades of the days before", 1, 2)
    return built + grade_finished(backends, sport, day)


def build_day_features(
    backends: Backends,
    sport: Sport,
    day: GameDay,
    as_of: datetime | None = None,
    markets: Sequence[Market] = (),
    advance: Advance = silent,
) -> Featured:
    """Build what earlier days lack and the features of a game day, of all the sport's markets unless told.

    Raises:
        NotReady: there is no event of the sport yet.
    """
    plan, markets = plan_of(sport), tuple(markets) or markets_of(sport)
    today_events(backends, plan, day)
    advance("earlier days", 0, 2)
    built = ensure_history(backends, plan, day, markets)
    advance("features", 1, 2)
    built.append(_features(backends, plan, day, markets, as_of))
    return Featured(tuple(built), built[-1].result.rows.get(plan.context.name, 0))


def build_span_analytics(backends: Backends, span: Span, advance: Advance = silent) -> list[Built]:
    """Build the analytics of a span of game days, and grade those of its days that were published."""
    plan = plan_of(span.sport)
    advance("analytics", 0, 2)
    built = [ensure_analytics(backends, plan, looked_at(plan, span.seasons))]
    advance("grades", 1, 2)
    return built + [_grade(backends, slate) for slate in _published(backends, span)]


def grade_finished(backends: Backends, sport: Sport, day: GameDay) -> list[Built]:
    """Grade the published day before, again too, and those of the last week that still lack results."""
    yesterday = day.plus(-1)
    recent = _published(backends, Span(sport, day.plus(-UNGRADED_DAYS), yesterday))
    return [
        _grade(backends, slate) for slate in recent if slate.game_day == yesterday or not _is_graded(backends, slate)
    ]


def grade_published(backends: Backends, sport: Sport, day: GameDay) -> list[Built]:
    """Grade a day of which a game has ended, if it was published: before that nobody owes a grade."""
    events = today_events(backends, plan_of(sport), day)
    if events.filter(pl.col("status") != "scheduled").is_empty():
        return []
    return [_grade(backends, slate) for slate in _published(backends, Span(sport, day, day))]


def today_events(backends: Backends, plan: SportPlan, day: GameDay) -> pl.DataFrame:
    """Return the events of a game day.

    Raises:
        NotReady: there is no event of the sport at all: not the calendar is empty, but the import.
    """
    season = In("season", (day.season(plan.sport),))
    events = backends.warehouse.read(EVENTS, [season, In("sport", (plan.sport,)), In("game_day", (day.date,))])
    if events.is_empty() and not backends.warehouse.count(EVENTS, [In("sport", (plan.sport,))]):
        raise NotReady(f"nothing of {plan.sport} is imported; run `propcast import --from DIR` first")
    return events


def _features(
    backends: Backends, plan: SportPlan, day: GameDay, markets: Sequence[Market], as_of: datetime | None
) -> Built:
    step, today = precompute_step(plan), Span(plan.sport, day, day)
    return timed(
        str(day),
        step.name,
        lambda: run_step(
            backends, step, plan.sport, day, lambda store: build_features(store, plan, today, markets, as_of)
        ),
    )


def _declare(backends: Backends, grid: Sequence[ExpectedOutput]) -> None:
    """Declare the cells that are new; one that is there keeps the number that its step has counted."""
    known = {(cell.step, cell.event_id) for cell in backends.ledger.expected(grid[0].sport, grid[0].game_day)}
    backends.ledger.expect([cell for cell in grid if (cell.step, cell.event_id) not in known])


def _published(backends: Backends, span: Span) -> list[CurrentSlate]:
    return backends.ledger.current_between(span.sport, span.first, span.last)


def _is_graded(backends: Backends, slate: CurrentSlate) -> bool:
    """Tell whether every result of the slate was there when it was last graded."""
    step = grade_step(plan_of(slate.sport)).name
    last = next(iter(backends.ledger.runs(slate.sport, slate.game_day, step, limit=1)), None)
    return last is not None and last.outcome is StepState.DONE and last.opened_at >= slate.published_at


def _grade(backends: Backends, slate: CurrentSlate) -> Built:
    name = grade_step(plan_of(slate.sport)).name
    return timed(str(slate.game_day), name, lambda: grade_day(backends, slate.sport, slate.game_day).result)
