"""The six paths that every service has."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from propcast.service.access import LIVENESS, PROBE, VIEWER_OR_INTERNAL, access
from propcast.service.auth.refusal import Reason, unauthorised
from propcast.service.facts import facts_of
from propcast.service.health.body import MEDIA_TYPE, HealthBody
from propcast.service.health.reader import write
from propcast.service.health.telling import Audience
from propcast.service.kit import kit_of
from propcast.service.telemetry import metrics

ALL = ("/", "/health", "/ready", "/health/deep", "/metrics", "/openapi.json")
READ = ["GET", "HEAD"]

health = APIRouter(include_in_schema=False)
about = APIRouter(include_in_schema=False)


@health.api_route("/health", methods=READ)
@access(LIVENESS)
async def alive(request: Request) -> Response:
    """Say that this process is alive and which build it is; nothing is touched."""
    return _answer(kit_of(request).board.alive())


@health.api_route("/ready", methods=READ)
@access(PROBE)
async def ready(request: Request) -> Response:
    """Say whether this process should get work now."""
    return _answer(await kit_of(request).board.ready(_audience(request)))


@health.api_route("/health/deep", methods=READ)
@access(PROBE)
async def deep(request: Request) -> Response:
    """Say whether this process can do its whole job; anyone else gets what was last seen, if anything was."""
    board = kit_of(request).board
    if _audience(request) is Audience.TRUSTED:
        return _answer(await board.deep())
    last = board.last_deep()
    if last is None:
        raise unauthorised(Reason.NO_CREDENTIAL)
    return _answer(last)


@health.api_route("/metrics", methods=READ)
@access(VIEWER_OR_INTERNAL)
async def measured(request: Request) -> Response:
    """Return the metrics in the Prometheus text format."""
    kit = kit_of(request)
    await kit.measure()
    return Response(kit.metrics.text(), media_type=metrics.MEDIA_TYPE)


@health.api_route("/openapi.json", methods=READ)
@access(VIEWER_OR_INTERNAL)
async def contract(request: Request) -> Response:
    """Return the OpenAPI document of this service."""
    return JSONResponse(request.app.openapi())


@about.api_route("/", methods=READ)
@access(VIEWER_OR_INTERNAL)
async def introduction(request: Request) -> Response:
    """Say which service this is and where to look further."""
    kit = kit_of(request)
    who = {"service": kit.identity.service, "title": kit.service.entry.title, "release": kit.identity.release}
    return JSONResponse({**who, "environment": kit.identity.environment, "paths": list(ALL)})


def _audience(request: Request) -> Audience:
    principal = facts_of(request.scope).principal
    trusted = principal is not None and principal.kind != "push"
    return Audience.TRUSTED if trusted else Audience.ANYONE


def _answer(body: HealthBody) -> Response:
    return Response(write(body), body.status.code, media_type=MEDIA_TYPE)
