"""Every route of every service x every credential: nothing can be reached that should not be."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from propcast.service.access import Role
from propcast.service.app import create_app
from propcast.service.declaration import Service
from propcast.service.paths import ALL
from propcast.service.routes import tabulate
from tests.apps.fleet import SERVICES
from tests.apps.rig import Running, Site, eventually, running
from tests.service.client import served

ANYONE = {"none", "forged", "bus", "service", "viewer", "operator", "admin"}
READERS = {"service", "viewer", "operator", "admin"}
OPERATORS = {"service", "operator", "admin"}
BUS = {"bus"}

KIT = {"/health": ANYONE, "/ready": ANYONE, "/health/deep": ANYONE} | dict.fromkeys(
    ("/", "/metrics", "/openapi.json"), READERS
)
WORKER = {"/predict": BUS, "/predict-now": READERS}
ALLOWED: dict[str, dict[str, set[str]]] = {
    "analytics-processor": {"/process": BUS, "/process-date-range": OPERATORS},
    "precompute-processor": {"/process": BUS, "/process-date": OPERATORS},
    "prediction-worker": WORKER,
    "mlb-prediction-worker": {**WORKER, "/predict-batch": READERS},
    "prediction-coordinator": {
        "/start": BUS | OPERATORS,
        "/complete": BUS,
        "/lines": BUS,
        "/dead-letters": BUS,
        "/status/{batch_id}": READERS,
        "/check-stalled": OPERATORS,
        "/cancel/{batch_id}": OPERATORS,
        "/redrive/{batch_id}": OPERATORS,
    },
}


def credentials(app: Running) -> dict[str, tuple[str, dict[str, str]]]:
    """Every credential by name: who it is good for (`forged` for nobody), and its headers."""
    caller, now = app.caller, app.site.clock.now()
    return {
        "none": ("none", {}),
        "another key's push": ("forged", caller.push(key="f" * 48)),
        "expired push": ("forged", caller.push(at=now - timedelta(minutes=10))),
        "push to another service": ("forged", caller.push(audience="http://127.0.0.1:8080")),
        "call of another service": ("forged", caller.service(audience="http://127.0.0.1:8080")),
        "bare bearer": ("forged", {"Authorization": "Bearer anything"}),
        "basic": ("forged", {"Authorization": "Basic YTpi"}),
        "nobody's key": ("forged", {"X-API-Key": f"pck_{'0' * 16}_{'a' * 43}"}),
        "expired key": ("forged", expired(app)),
        "key of another service": ("forged", caller.key(Role.ADMIN, services=("admin-dashboard",))),
        "push": ("bus", caller.push()),
        "service": ("service", caller.service()),
        **{str(role): (str(role), caller.key(role)) for role in Role},
    }


def expired(app: Running) -> dict[str, str]:
    """A key that ended yesterday."""
    clock, now = app.site.clock, app.site.clock.now()
    clock.instant = now - timedelta(days=2)
    headers = app.caller.key(Role.ADMIN, days=1)
    clock.instant = now
    return headers


@pytest.fixture(params=SERVICES, ids=lambda service: service.entry.name)
def app(request: pytest.FixtureRequest, empty: Site) -> Iterator[Running]:
    """One running service of an empty home."""
    service: Service[Any] = request.param
    with running(empty, service) as found:
        yield found


def routes(app: Running) -> set[tuple[str, str]]:
    table = tabulate(app.client.app.routes, ALL, "local")
    return {(method, place.path) for place in table.places for method in place.methods}


def test_every_route_is_in_the_matrix(app: Running) -> None:
    assert {path for _, path in routes(app)} == {*KIT, *ALLOWED[app.entry.name]}


@pytest.mark.proves("S1", "S3", "L53")
def test_each_route_lets_in_exactly_who_may_come(app: Running) -> None:
    allowed = {**KIT, **ALLOWED[app.entry.name]}
    app.deep()  # anonymous callers of the deep path are shown the last result, and there is one now
    shown = credentials(app)
    wrong = []
    for method, path in sorted(routes(app)):
        for name, (who, headers) in shown.items():
            answer = app.client.request(method, path.replace("{batch_id}", "0" * 24), headers=headers)
            if answer.status_code != expected(who, allowed[path], answer.status_code):
                wrong.append((method, path, name, answer.status_code))
    assert wrong == []


def expected(who: str, allowed: set[str], code: int) -> int:
    """The one right code for who may not come; for who may, any that is neither a refusal nor a break."""
    if who in allowed:
        return code if code not in (401, 403) and code < 500 else 200
    return 401 if who in ("none", "forged") else 403


@pytest.mark.proves("S3", "L54")
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_elsewhere_the_key_of_one_machine_opens_no_service(empty: Site, environment: str) -> None:
    """A development shortcut is refused at start-up, whoever sets the variable."""
    service = SERVICES[0]
    empty.variables |= {"PROPCAST_ENVIRONMENT": environment, "PROPCAST_BACKEND": "local"}
    empty.variables |= {variable.name: "x" for variable in service.entry.required}
    with served(create_app(service, empty.conditions(service.entry)), is_open=False) as client:
        app = Running(empty, service.entry, client)
        eventually(lambda: "one machine" in empty.logged.getvalue())
        assert app.client.get("/ready").status_code == 503
        assert app.client.post("/process", headers=app.caller.push()).status_code == 429
        assert app.client.get("/metrics", headers=app.caller.service()).status_code == 503
