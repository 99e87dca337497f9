"""A worker for any sport: one shard for every push, answers to what-if questions, and slates once more."""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request, Response

from propcast.apps import rehearsal, workshop
from propcast.apps import resources as shared
from propcast.apps.answers import REPLAY
from propcast.apps.checks.models import of_models
from propcast.apps.checks.selection import Looked, wire
from propcast.apps.desk import desk
from propcast.apps.imagining import Imagined, WhatIf, imagine
from propcast.apps.measures import waiting
from propcast.apps.workshop import Workshop
from propcast.backends.compose import Backends
from propcast.backends.state import inbox
from propcast.core.sport import Sport
from propcast.pipeline.batch.sampling import run_sample
from propcast.pipeline.batch.working import run_shard
from propcast.pipeline.messages import PredictionRequest, Topic
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import tables_of
from propcast.service.access import VIEWER_OR_INTERNAL, access
from propcast.service.catalogue import Entry
from propcast.service.declaration import Service
from propcast.service.health.checks import Observe
from propcast.service.kit import opened
from propcast.service.push import Delivery, Outcome, Pushes, Result
from propcast.service.topics import SAMPLED

AT_ONCE = 64
"""The bound of the routes; how many shards are worked on at once is a setting."""


def predict(shop: Workshop, message: PredictionRequest, delivery: Delivery) -> Result:
    """Work on one shard, from its lease to its result."""
    resources = shop.resources
    if message.sport is not shop.sport:
        return Result(Outcome.PERMANENT, f"a shard of {message.sport} is not for the worker of {shop.sport}")
    if inbox.seen(resources.backends.state, resources.graveyard, delivery.message_id):
        return Result(Outcome.DUPLICATE, "given up before")
    place = shop.places.take()
    if place is None:
        return Result(Outcome.OVERLOADED, "every thread has a shard", 1.0)
    handled = place.use(
        lambda: run_shard(
            resources.backends,
            message,
            message_key=delivery.key,
            holder=resources.holder,
            warm=shop.warm,
            rules=shop.rules,
        )
    )
    resources.outbox.ring()
    return handled


def predict_sampled(shop: Workshop, message: PredictionRequest, delivery: Delivery) -> Result:  # noqa: ARG001 - a push
    """Work on one shard as the canary that it was sampled for; what the slate is made of is not touched."""
    resources = shop.resources
    if message.sport is not shop.sport:
        return Result(Outcome.STALE, f"a shard of {message.sport} is not for the worker of {shop.sport}")
    place = shop.places.take()
    if place is None:
        return Result(Outcome.OVERLOADED, "every thread has a shard", 1.0)
    sample = partial(run_sample, resources.backends, message, revision=resources.identity.revision)
    return place.use(lambda: sample(warm=shop.warm, rules=shop.rules))


@access(VIEWER_OR_INTERNAL)
def predict_now(request: Request, asked: WhatIf) -> Imagined:
    """Say what every system thinks of one participant, at any line; nothing is written."""
    shop = opened(request, Workshop)
    return imagine(shop.memory, shop.sport, asked)


def worker(entry: Entry, sport: Sport, *more: APIRouter) -> Service[Workshop]:
    """Return the service that forecasts shards of a sport."""
    router = APIRouter()
    pushes: Pushes[Workshop] = Pushes(Workshop, lambda shop: desk(shop.resources), at_once=AT_ONCE)
    pushes.route(router, "/predict", PredictionRequest, predict, topic=Topic.PREDICTION_REQUEST)
    pushes.route(router, SAMPLED, PredictionRequest, predict_sampled, topic=Topic.PREDICTION_REQUEST)
    router.add_api_route("/predict-now", predict_now, methods=["POST"], summary="One participant, what if")
    router.add_api_route(
        REPLAY,
        rehearsal.replay_slate,
        methods=["POST"],
        summary="A published slate once more",
        response_class=Response,
        responses=rehearsal.ANSWER,
    )
    tables = tables_of([forecast_step(plan_of(sport))])
    return Service(
        entry=entry,
        open=partial(workshop.open_workshop, entry, sport),
        guard=lambda shop: shared.guard(shop.resources),
        routers=(router, *more),
        secrets=shared.secrets,
        wire=lambda shop: wire(shop.resources, Looked(tables, (sport,), _of_models(shop))),
        models=lambda shop: shop.in_use(),
        background=workshop.background,
        measure=lambda shop, metrics: waiting(shop.resources, metrics),
        close=lambda shop: shared.close(shop.resources),
    )


def _of_models(shop: Workshop) -> Callable[[Backends], dict[str, Observe]]:
    return lambda backends: of_models(backends, shop.sport, shop.in_service)
