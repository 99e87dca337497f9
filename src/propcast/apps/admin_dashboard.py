"""The console and public read API (deployed as nba-admin-dashboard)."""

import os

from propcast.apps import resources
from propcast.apps.console import (
    assets,
    checks,
    environment,
    oidc_routes,
    pages,
    prediction_routes,
    session_routes,
    slate_routes,
    today_routes,
    warming,
)
from propcast.apps.console.environment import Console
from propcast.apps.measures import compared, not_back, waiting
from propcast.apps.resources import Resources
from propcast.service.access import OPEN, VIEWER, Access
from propcast.service.app import create_app
from propcast.service.catalogue import ADMIN_DASHBOARD
from propcast.service.declaration import Environ, Service
from propcast.service.telemetry.metrics import Metrics


def reading(environ: Environ) -> Access:
    """Return who may read: people who are signed in and API keys, or anyone where the variables say so."""
    is_public = environ.get("PROPCAST_PUBLIC_READ", "").lower() in ("true", "1")
    return OPEN if is_public else VIEWER


def service(environ: Environ) -> Service[Console]:
    """Return the declaration of the console."""
    rule = reading(environ)
    return Service(
        entry=ADMIN_DASHBOARD,
        open=environment.open_console,
        guard=environment.guard,
        routers=(
            assets.router,
            session_routes.router,
            *oidc_routes.routers(environ),
            today_routes.router(rule),
            slate_routes.router(rule),
            prediction_routes.router(rule),
            warming.router(),
        ),
        secrets=resources.secrets,
        wire=checks.wire,
        background=lambda console: resources.background(console.resources),
        measure=lambda console, metrics: measure(console.resources, metrics),
        close=lambda console: resources.close(console.resources),
        data=pages.FILES,
        render=pages.render_problem,
    )


def measure(resources: Resources, metrics: Metrics) -> None:
    """Measure what waits, which rollouts are not back yet, and what the last comparison with the declared found."""
    waiting(resources, metrics)
    compared(resources, metrics)
    not_back(resources, metrics)


app = create_app(service(os.environ))
