"""Every route of every service x every credential: nothing can be reached that should not be."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from propcast.apps.console.environment import Console
from propcast.service.access import Role
from propcast.service.app import create_app
from propcast.service.catalogue import Entry
from propcast.service.paths import ALL
from propcast.service.routes import tabulate
from tests.apps.console.stand import PASSWORD
from tests.apps.credentials import Shown, accounts, credentials, shown
from tests.apps.fleet import SERVICES
from tests.apps.rig import Running, Site, eventually, running
from tests.apps.six import ENTRIES, declared
from tests.service.client import served

PEOPLE = {"viewer", "operator", "admin"}
READERS = {"service", *PEOPLE}
OPERATORS = {"service", "operator", "admin"}
BUS = {"bus"}
ANYONE = {"none", "forged", *BUS, *READERS}

KIT = {"/health": ANYONE, "/ready": ANYONE, "/health/deep": ANYONE} | dict.fromkeys(
    ("/", "/metrics", "/openapi.json"), READERS
)
WORKER = {"/predict": BUS, "/predict-sampled": BUS, "/predict-now": READERS, "/replay": OPERATORS}
ALLOWED: dict[str, dict[str, set[str]]] = {
    "analytics-processor": {"/process": BUS, "/process-date-range": OPERATORS, "/replay": OPERATORS},
    "precompute-processor": {"/process": BUS, "/process-date": OPERATORS, "/replay": OPERATORS},
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
    "admin-dashboard": {
        "/sign-in": ANYONE,
        "/static/{name}": ANYONE,
        "/slate-published": BUS,
        **dict.fromkeys(
            (
                "/", "/sign-out", "/today", "/today.json", "/today.csv", "/today/panels/{name}", "/slate",
                "/slate.json", "/slate.csv", "/predictions/{prediction_id}", "/predictions/{prediction_id}.json",
                "/predictions/{prediction_id}.csv",
            ),
            PEOPLE,
        ),
    },
}  # fmt: skip
PLACES = {
    "{batch_id}": "0" * 24,
    "{prediction_id}": "0123456789",
    "panels/{name}": "panels/games",
    "{name}": "icon.svg",
}


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry.name)
def app(request: pytest.FixtureRequest, empty: Site) -> Iterator[Running]:
    """One running service of an empty home."""
    entry: Entry = request.param
    with running(empty, declared(entry, empty)) as found:
        yield found


def allowed(app: Running) -> dict[str, set[str]]:
    return {**KIT, **ALLOWED[app.entry.name]}


def routes(app: Running) -> list[tuple[str, str]]:
    table = tabulate(app.client.app.routes, ALL, "local")
    return sorted((method, place.path) for place in table.places for method in place.methods)


def test_every_route_is_in_the_matrix(app: Running) -> None:
    """A route that is added has to be added here too."""
    assert {path for _, path in routes(app)} == {*allowed(app)}


@pytest.mark.proves("S1", "S3", "X5", "L53")
def test_each_route_lets_in_exactly_who_may_come(app: Running, record_property: Callable[[str, object], None]) -> None:
    environment: Any = app.client.app.state.kit.environment
    if isinstance(environment, Console):
        accounts(environment)
    app.deep()  # anonymous callers of the deep path are shown the last result, and there is one now
    known = credentials(app)
    answers = [answer for method, path in routes(app) for answer in answered(app, method, path, known)]
    wrong = [answer for answer in answers if answer.code != answer.right]
    record_property("counted", {"of": app.entry.name, "route x credential": len(answers), "wrong": len(wrong)})
    assert len(answers) >= len(routes(app)) * len(known)
    assert wrong == []


class Answered(NamedTuple):
    """What one route answered to one credential, and what it had to."""

    method: str
    path: str
    credential: str
    code: int
    right: int


def answered(app: Running, method: str, path: str, known: Shown) -> Iterator[Answered]:
    """What a route answers to each credential."""
    place = path
    for name, value in PLACES.items():
        place = place.replace(name, value)
    form = {"data": {"name": "admin", "password": PASSWORD}} if path == "/sign-in" and method == "POST" else {}
    for name, who, headers in shown(app, method, known):
        code = app.client.request(method, place, headers=headers, **form).status_code
        app.client.forget()
        yield Answered(method, path, name, code, expected(who, allowed(app)[path], code))


def expected(who: str, allowed: set[str], code: int) -> int:
    """The one right code for who may not come; for who may, any that is neither a refusal nor a break."""
    if who == "foreign":
        return 403  # whoever may come by himself is not to be sent by another site
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


def test_no_credential_travels_in_an_address(app: Running) -> None:
    key = app.caller.key(Role.ADMIN)["X-API-Key"]
    token = app.caller.push()["Authorization"].split()[1]
    for named in (f"api_key={key}", f"x-api-key={key}", f"access_token={token}", f"token={token}"):
        assert {app.client.get(f"{path}?{named}").status_code for path in ("/", "/metrics", "/openapi.json")} == {401}
