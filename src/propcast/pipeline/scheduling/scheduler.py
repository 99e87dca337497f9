"""One turn of the scheduler: reads the calendar, and settles what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from propcast.backends.compose import Backends
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.calendar import outlook, read_events
from propcast.pipeline.scheduling import record
from propcast.pipeline.scheduling.agenda import Agenda, agenda
from propcast.pipeline.scheduling.planning import DayPlan, Moment, plan_of_day
from propcast.pipeline.scheduling.timetable import Timetable
from propcast.pipeline.sports import plan_of

LOOKED_BACK = timedelta(days=3)


@dataclass(frozen=True)
class Turn:
    """What a turn did.

    Attributes:
        plans: of today, one per sport.
    """

    plans: tuple[DayPlan, ...]
    published: tuple[Moment, ...]
    skipped: tuple[tuple[Moment, str], ...]
    next_at: datetime | None


def turn(backends: Backends, timetable: Timetable, sports: Sequence[Sport] = tuple(Sport)) -> Turn:
    """Publish and skip what is due now; again, and in another process, does nothing more."""
    now, state = backends.clock.now(), backends.state
    today = GameDay.of_instant(now)
    events = read_events(backends)
    known = [sport for sport in sports if _has_anything(backends, events, sport)]
    plans = [plan_for(timetable, events, sport, day, now) for day in (today.plus(-1), today) for sport in known]
    wanted: Agenda = agenda(plans, record.fates(state, now - LOOKED_BACK), now)
    return Turn(
        plans=tuple(plan for plan in plans if plan.outlook.game_day == today),
        published=tuple(moment for moment in wanted.publish if record.publish(state, moment)),
        skipped=tuple((moment, why) for moment, why in wanted.skip if record.skip(state, moment, why)),
        next_at=wanted.next_at,
    )


def plan_for(timetable: Timetable, events: pl.DataFrame, sport: Sport, day: GameDay, now: datetime) -> DayPlan:
    """Return the plan of a game day from the stored events; one that was called off has no start."""
    to_play = (pl.col("sport") == sport) & (pl.col("game_day") == day.date) & (pl.col("status") != "unplayed")
    starts = events.filter(to_play)["starts_at"].drop_nulls().sort().to_list()
    return plan_of_day(timetable, outlook(events, sport, day, now, ran_empty=False), starts)


def _has_anything(backends: Backends, events: pl.DataFrame, sport: Sport) -> bool:
    """Return whether there is anything of a sport to work on: events, or raw rows that none were made of yet."""
    if events.filter(pl.col("sport") == sport).height:
        return True
    return any(backends.warehouse.count(table) for table in plan_of(sport).raw)
