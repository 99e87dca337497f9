"""Analytics to features."""

from dataclasses import replace

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from propcast.apps.answers import OneDay, Processed, processed
from propcast.apps.assembly import processor
from propcast.apps.collapse import Collapse
from propcast.apps.desk import desk
from propcast.apps.exclusive import News, exclusively, once
from propcast.apps.measures import waiting
from propcast.apps.rerun import rerun
from propcast.apps.resources import Resources
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.backfill import Built
from propcast.pipeline.linebook import line_book_step
from propcast.pipeline.messages import AnalyticsReady, FeaturesReady, Instant, Topic, Trigger
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.precompute import precompute_step, training_step
from propcast.pipeline.progress import Advance
from propcast.pipeline.rerunning import features_again
from propcast.pipeline.stages import build_day_features
from propcast.pipeline.steps import Step
from propcast.service.access import INTERNAL, OPERATOR, access
from propcast.service.app import create_app
from propcast.service.catalogue import PRECOMPUTE_PROCESSOR
from propcast.service.kit import opened
from propcast.service.push import Delivery, Pushes, Result
from propcast.service.telemetry.metrics import Metrics

router = APIRouter()
pushes: Pushes[Resources] = Pushes(Resources, desk, at_once=4)


class DateAsOf(OneDay):
    """A game day, and the moment that its features are built as of; each event has its own without one."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"sport": "nba", "game_day": "2024-12-07", "as_of": "2024-12-07T22:00:00Z", "announce": True}
    ]})  # fmt: skip

    as_of: Instant | None = None
    announce: bool = False


def process(resources: Resources, message: AnalyticsReady, delivery: Delivery) -> Result:
    """Build the features of a game day, then have it forecast."""

    def work(advance: Advance) -> list[News]:
        _, news = _build(resources, message, advance)
        return [news]

    return once(resources, delivery, lease_of(message.sport, message.day), work)


@router.post("/process-date", summary="Build the features of a game day")
@access(OPERATOR | INTERNAL)
def process_date(request: Request, asked: DateAsOf) -> Processed:
    """Build what earlier days lack and the features of a game day."""
    resources, built = opened(request, Resources), list[Built]()
    message = AnalyticsReady(sport=asked.sport, game_day=asked.game_day, reason=Trigger.OPERATOR, as_of=asked.as_of)

    def work(advance: Advance) -> list[News]:
        steps, news = _build(resources, message, advance)
        built.extend(steps)
        return [news] if asked.announce else []

    exclusively(resources, lease_of(message.sport, message.day), work)
    return processed(built, int(asked.announce))


def lease_of(sport: Sport, day: GameDay) -> str:
    """Return what is leased while the features of a game day are built."""
    return f"features/{sport}/{day}"


def steps(plan: SportPlan) -> tuple[Step, ...]:
    """Return the steps that this service runs for a sport."""
    return line_book_step(plan), training_step(plan), precompute_step(plan)


def _build(resources: Resources, message: AnalyticsReady, advance: Advance) -> tuple[tuple[Built, ...], News]:
    found = build_day_features(resources.backends, message.sport, message.day, message.as_of, advance=advance)
    about = {"sport": message.sport, "game_day": message.game_day, "reason": message.reason, "as_of": message.as_of}
    ready = FeaturesReady.model_validate({**about, "participants": found.participants})
    return found.built, News(Topic.FEATURES_READY, ready)


pushes.route(router, "/process", AnalyticsReady, process, topic=Topic.ANALYTICS_READY)
rerun(router, features_again)

_collapse = Collapse()


def measure(resources: Resources, metrics: Metrics) -> None:
    """Measure what waits, and the features that were built since the last time."""
    waiting(resources, metrics)
    _collapse.look(resources.backends, metrics)


SERVICE = replace(processor(PRECOMPUTE_PROCESSOR, router, steps), measure=measure)
app = create_app(SERVICE)
