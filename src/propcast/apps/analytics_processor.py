"""Raw tables to analytics, and grades of what has finished."""

from dataclasses import replace
from typing import Self

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, model_validator

from propcast.apps.answers import LONGEST_SPAN_DAYS, Processed, processed
from propcast.apps.assembly import processor
from propcast.apps.calibration import Calibration
from propcast.apps.desk import desk
from propcast.apps.exclusive import News, exclusively, once
from propcast.apps.incoming import came_in
from propcast.apps.measures import waiting
from propcast.apps.rerun import rerun
from propcast.apps.resources import Resources
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.analytics import analytics_step
from propcast.pipeline.backfill import Built
from propcast.pipeline.grading import grade_step
from propcast.pipeline.messages import AnalyticsReady, Day, RawReady, Topic, Trigger
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.progress import Advance
from propcast.pipeline.rerunning import analytics_again
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.stages import build_day_analytics, build_span_analytics, grade_published
from propcast.pipeline.steps import Step
from propcast.service.access import INTERNAL, OPERATOR, access
from propcast.service.app import create_app
from propcast.service.catalogue import ANALYTICS_PROCESSOR
from propcast.service.input import Input
from propcast.service.kit import opened
from propcast.service.push import Delivery, Pushes, Result
from propcast.service.telemetry.metrics import Metrics

router = APIRouter()
pushes: Pushes[Resources] = Pushes(Resources, desk, at_once=4)


class DateRange(Input):
    """A span of game days, both ends included."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"sport": "nba", "first": "2024-12-01", "last": "2024-12-07", "announce": False}
    ]})  # fmt: skip

    sport: Sport
    first: Day
    last: Day
    announce: bool = Field(default=False, description="have features and forecasts of every day built anew too")

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if not 0 <= (self.last - self.first).days < LONGEST_SPAN_DAYS:
            raise ValueError(f"`first` and `last` must span 1 to {LONGEST_SPAN_DAYS} days, in this order")
        return self

    @property
    def span(self) -> Span:
        """The span as its own type."""
        return Span(self.sport, GameDay(self.first), GameDay(self.last))


def process(resources: Resources, message: RawReady, delivery: Delivery) -> Result:
    """Build the analytics of a game day and grade what has finished, then have features built."""

    def work(advance: Advance) -> list[News]:
        build_day_analytics(resources.backends, message.sport, message.day, advance)
        if plan_of(message.sport).raw[0].name in message.tables:
            grade_published(resources.backends, message.sport, message.day)
        return [_news(message.sport, message.day, message.reason, message)]

    return once(resources, delivery, lease_of(message.sport), work)


@router.post("/process-date-range", summary="Build a span of game days")
@access(OPERATOR | INTERNAL)
def process_date_range(request: Request, asked: DateRange) -> Processed:
    """Build the analytics of a span of game days and grade those that were published."""
    resources, built = opened(request, Resources), list[Built]()
    announced = asked.span.each() if asked.announce else []

    def work(advance: Advance) -> list[News]:
        built.extend(build_span_analytics(resources.backends, asked.span, advance))
        return [_news(asked.sport, day, Trigger.OPERATOR) for day in announced]

    exclusively(resources, lease_of(asked.sport), work)
    return processed(built, len(announced))


def lease_of(sport: Sport) -> str:
    """Return what is leased while the analytics of a sport are built."""
    return f"analytics/{sport}"


def _news(sport: Sport, day: GameDay, reason: Trigger, asked: RawReady | None = None) -> News:
    as_of = asked.as_of if asked else None
    return News(Topic.ANALYTICS_READY, AnalyticsReady(sport=sport, game_day=day.date, reason=reason, as_of=as_of))


pushes.route(router, "/process", RawReady, process, topic=Topic.RAW_READY)
rerun(router, analytics_again)


def steps(plan: SportPlan) -> tuple[Step, ...]:
    """Return the steps that this service runs for a sport."""
    return analytics_step(plan), grade_step(plan)


_calibration = Calibration()


def measure(resources: Resources, metrics: Metrics) -> None:
    """Measure what waits, what came in, and the record of what was graded since the last time."""
    waiting(resources, metrics)
    came_in(resources, metrics)
    _calibration.look(resources.backends, metrics)


SERVICE = replace(processor(ANALYTICS_PROCESSOR, router, steps), measure=measure)
app = create_app(SERVICE)
