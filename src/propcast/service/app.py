"""The app factory: one declaration in, one guarded app out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from propcast.core.errors import PropCastError
from propcast.service import paths
from propcast.service.bounds import Bounds
from propcast.service.declaration import Conditions, E, Service
from propcast.service.edge import Edge, Telling, as_problem_detail
from propcast.service.gate import Gate
from propcast.service.health import generic
from propcast.service.health.checks import Observed
from propcast.service.kit import Kit
from propcast.service.problems import AS_PAGE, DOCUMENTED
from propcast.service.routes import Table, tabulate
from propcast.service.wiring import KIT_DATA


class Unproven(PropCastError):
    """The code or its data is not complete; the port must not open."""


def create_app(service: Service[E], conditions: Conditions | None = None) -> FastAPI:
    """Return the app of a service, or raise before any port opens.

    `Unruled` when a route has no access rule, `Unproven` when package or zone data cannot be read. What the
    environment lacks is no reason not to start: the port opens, `/ready` fails and functional routes answer 503.
    """
    conditions = conditions or Conditions()
    _prove((*KIT_DATA, *service.data))
    kit = Kit(service, conditions)
    app = FastAPI(
        title=service.entry.name,
        description=service.entry.title,
        version=kit.identity.release,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=dict.fromkeys(("4XX", "5XX"), _documented(service)),
        lifespan=_lifespan(kit),
        exception_handlers={HTTPException: _pass_on, RequestValidationError: _pass_on},
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.kit = kit
    for router in (paths.health, *service.routers):
        app.include_router(router)
    if not _has_front_page(app):
        app.include_router(paths.about)
    _surround(app, kit, tabulate(app.routes, paths.ALL, kit.identity.environment))
    return app


def _documented(service: Service[E]) -> dict[str, Any]:
    """Return how the answers to what goes wrong are described: where pages are drawn, a browser gets one."""
    pages = {} if service.render is as_problem_detail else AS_PAGE
    return {**DOCUMENTED, "content": {**DOCUMENTED["content"], **pages}}


def _surround(app: FastAPI, kit: Kit[E], table: Table) -> None:
    """Put the rings around the routes: edge, bounds, gate; the edge is the outermost, probes get no further."""
    telling = Telling(kit.identity, kit.log, kit.metrics, kit.tracing, kit.service.render)
    limits = kit.conditions.limits
    app.user_middleware = [
        Middleware(Edge, table=table, telling=telling),
        Middleware(Bounds, limits=limits, drain=kit.drain),
        Middleware(Gate, guard=lambda: kit.guard, check_s=limits.check_s),
        Middleware(paths.Probes),
    ]


def _prove(files: Sequence[tuple[str, str]]) -> None:
    seen = generic.missing_data(files)()
    if isinstance(seen, Observed) and seen.value:
        raise Unproven(f"data files {seen.sentence}; the image or checkout is not complete")


def _has_front_page(app: FastAPI) -> bool:
    return any(place.path == "/" for place in tabulate(app.routes, paths.ALL, "local").places)


def _lifespan(kit: Kit[E]):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await kit.start()
        try:
            yield
        finally:
            await kit.stop()

    return lifespan


async def _pass_on(_: Request, error: Exception) -> NoReturn:
    """Let the edge turn every error into its problem detail, in one place."""
    raise error
