"""The six paths that every service has."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from propcast.service.access import LIVENESS, PROBE, VIEWER_OR_INTERNAL, access
from propcast.service.auth.refusal import Reason, unauthorised
from propcast.service.facts import facts_of
from propcast.service.health.board import Board
from propcast.service.health.body import MEDIA_TYPE, HealthBody
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
    board = kit_of(request).board
    return _answer(board, board.alive())


@health.api_route("/ready", methods=READ)
@access(PROBE)
async def ready(request: Request) -> Response:
    """Say whether this process should get work now."""
    board = kit_of(request).board
    return _answer(board, await board.ready(_audience(request)))


@health.api_route("/health/deep", methods=READ)
@access(PROBE)
async def deep(request: Request) -> Response:
    """Say whether this process can do its whole job; anyone else gets what was last seen, if anything was."""
    board = kit_of(request).board
    if _audience(request) is Audience.TRUSTED:
        return _answer(board, await board.deep())
    last = board.last_deep()
    if last is None:
        raise unauthorised(Reason.NO_CREDENTIAL)
    return _answer(board, last)


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


class Probes:
    """Middleware: answers probes past the framework, whose routing costs as much as all else that they need."""

    _ANSWERS: Mapping[str, Callable[[Request], Awaitable[Response]]] = {"/health": alive, "/ready": ready}

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that was let in, or pass it on."""
        answer = self._ANSWERS.get(facts_of(scope).route) if scope["type"] == "http" else None
        app = self._app if answer is None else await answer(Request(scope, receive))
        await app(scope, receive, send)


def _audience(request: Request) -> Audience:
    principal = facts_of(request.scope).principal
    trusted = principal is not None and principal.kind != "push"
    return Audience.TRUSTED if trusted else Audience.ANYONE


def _answer(board: Board, body: HealthBody) -> Response:
    return Response(board.written(body), body.status.code, media_type=MEDIA_TYPE)
