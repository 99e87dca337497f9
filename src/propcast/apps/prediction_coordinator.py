"""One batch per slate: planned, handed out, collected, published; and the dead letters of everybody."""

from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse, Response

from propcast.apps import coordination, intake
from propcast.apps import resources as shared
from propcast.apps.answers import read_body
from propcast.apps.assembly import looked_at
from propcast.apps.batches import (
    BatchStands,
    BatchStarted,
    Because,
    StartAsked,
    SweepDone,
    batch_stands,
    batch_started,
    sweep_done,
)
from propcast.apps.checks.selection import wire
from propcast.apps.coordination import Coordinator, resources_of
from propcast.apps.desk import desk, unless_buried
from propcast.apps.intake import AnyMessage
from propcast.pipeline.batch import superseding
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.consolidating import publish_step
from propcast.pipeline.batch.history import standing
from propcast.pipeline.batch.planning import Started, plan_step, start
from propcast.pipeline.messages import FeaturesReady, LinesChanged, PredictionReady, Topic
from propcast.pipeline.outcomes import Handled
from propcast.pipeline.outcomes import Outcome as Ended
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.steps import Step
from propcast.service.access import INTERNAL, OPERATOR, PUSH, VIEWER_OR_INTERNAL, access
from propcast.service.app import create_app
from propcast.service.catalogue import PREDICTION_COORDINATOR
from propcast.service.declaration import Service
from propcast.service.document import schema_of
from propcast.service.facts import caller
from propcast.service.kit import opened
from propcast.service.problems import Problem
from propcast.service.push import Pushes
from propcast.service.push.route import described
from propcast.service.topics import DEAD_LETTERS

router = APIRouter()
pushes: Pushes[Coordinator] = Pushes(Coordinator, lambda coordinator: desk(coordinator.resources), at_once=16)
taken = partial(unless_buried, resources_of)

BatchId = Annotated[str, Path(pattern=r"^[0-9a-f]{8,64}$", description="as `POST /start` returned it")]


take_features = pushes.receiver(FeaturesReady, taken(intake.started), topic=Topic.FEATURES_READY)


@router.post(
    "/start",
    summary="Begin the batch of a slate, or find it",
    responses={200: {"model": BatchStarted}, 202: {"model": BatchStarted}, 204: {"description": "A push was handled"}},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(StartAsked)}}},
        "x-push": described(FeaturesReady),
    },
)
@access(PUSH | OPERATOR | INTERNAL)
async def begin(request: Request) -> Response:
    """Begin the batch of the present inputs: 202 when it is new, 200 when it was there. Pushes are taken here too."""
    principal = caller(request)
    if principal is not None and principal.kind == "push":
        return await take_features(request)
    asked = read_body(StartAsked, await request.body())
    begun = await anyio.to_thread.run_sync(partial(_begin, opened(request, Coordinator), asked))
    return JSONResponse(batch_started(begun).model_dump(mode="json"), 202 if begun.created else 200)


@router.get("/status/{batch_id}", summary="How a batch stands")
@access(VIEWER_OR_INTERNAL)
def status(request: Request, batch_id: BatchId) -> BatchStands:
    """Return a batch with its shards, and everybody who is missing."""
    found = standing(opened(request, Coordinator).resources.backends, batch_id)
    if found is None:
        raise _unknown(batch_id)
    return batch_stands(found)


@router.post("/check-stalled", summary="Sweep now")
@access(OPERATOR | INTERNAL)
def check_stalled(request: Request) -> SweepDone:
    """Do what lost messages and dead processes left undone; a second sweep right after finds nothing to do."""
    return sweep_done(opened(request, Coordinator).sweep())


@router.post("/cancel/{batch_id}", summary="End an open batch")
@access(OPERATOR | INTERNAL)
def cancel(request: Request, batch_id: BatchId, why: Because) -> BatchStands:
    """End a batch that is not over; what it has published stays."""
    coordinator, by = opened(request, Coordinator), _who(request)
    _require_known(
        superseding.cancel(coordinator.resources.backends, batch_id, by=by, reason=why.reason, rules=coordinator.rules)
    )
    return status(request, batch_id)


@router.post("/redrive/{batch_id}", summary="Ask again for what a batch lacks")
@access(OPERATOR | INTERNAL)
def redrive(request: Request, batch_id: BatchId) -> BatchStands:
    """Ask again for every shard that ended without a result, with new deadlines."""
    coordinator = opened(request, Coordinator)
    _require_known(
        superseding.redrive(coordinator.resources.backends, batch_id, by=_who(request), rules=coordinator.rules)
    )
    coordinator.resources.outbox.ring()
    return status(request, batch_id)


def _begin(coordinator: Coordinator, asked: StartAsked) -> Started:
    ask = Ask(asked.sport, asked.day, asked.as_of, asked.reason, insists=asked.insist)
    begun = start(coordinator.resources.backends, ask, coordinator.rules)
    coordinator.resources.outbox.ring()
    return begun


def _who(request: Request) -> str:
    principal = caller(request)
    return principal.name if principal else "nobody"


def _unknown(batch_id: str) -> Problem:
    return Problem(404, f"There is no batch {batch_id}.", "unknown_batch")


def _require_known(handled: Handled) -> None:
    if handled.outcome is Ended.PERMANENT:
        raise Problem(404, handled.reason, "unknown_batch")


pushes.route(router, "/complete", PredictionReady, taken(intake.shard_ended), topic=Topic.PREDICTION_READY)
pushes.route(router, "/lines", LinesChanged, taken(intake.lines_moved), topic=Topic.LINES_CHANGED)
pushes.route(router, DEAD_LETTERS, AnyMessage, intake.died, topic="dead-letters")


def steps(plan: SportPlan) -> tuple[Step, ...]:
    """Return the steps that this service runs for a sport."""
    return plan_step(plan), publish_step(plan)


SERVICE: Service[Coordinator] = Service(
    entry=PREDICTION_COORDINATOR,
    open=partial(coordination.open_coordinator, PREDICTION_COORDINATOR),
    guard=lambda coordinator: shared.guard(coordinator.resources),
    routers=(router,),
    secrets=shared.secrets,
    wire=lambda coordinator: wire(coordinator.resources, looked_at(steps)),
    background=coordination.background,
    measure=coordination.measure,
    close=lambda coordinator: shared.close(coordinator.resources),
)
app = create_app(SERVICE)
