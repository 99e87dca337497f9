"""The app factory: what keeps a service from starting, and what does not."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from propcast.core.errors import InputError
from propcast.service.access import OPEN, access
from propcast.service.app import Unproven, create_app
from propcast.service.catalogue import PREDICTION_WORKER
from propcast.service.declaration import Service
from propcast.service.health.checks import Check, Wiring
from propcast.service.identity import identify
from propcast.service.routes import Unruled
from tests.service.client import Client, served
from tests.service.toys import (
    BARE,
    Toy,
    api_key,
    conditions,
    kit_of,
    push_token,
    toy_app,
    toy_router,
    toy_service,
)

STAGING = {"PROPCAST_ENVIRONMENT": "staging", "PROPCAST_BACKEND": "local", "PROPCAST_HOME": "/data"}
WORKER = {"PROPCAST_MODEL_ALIASES": "champion", "PROPCAST_TOPIC_PREDICTION_READY": "prediction-ready"}


def failing(client: Client) -> dict[str, tuple[object, object]]:
    """The failing checks of `/ready`, with value and unit."""
    checks = client.get("/ready").json()["checks"]
    return {k: (e["observedValue"], e["observedUnit"]) for k, (e,) in checks.items() if e["status"] == "fail"}


def app_of(service: Service[Toy], environ: Mapping[str, str] | None = None, reopen_s: float = 0.001) -> FastAPI:
    return create_app(service, replace(conditions(environ), reopen_s=reopen_s))


@pytest.mark.proves("S1", "L53")
def test_a_route_without_a_rule_keeps_the_service_from_starting() -> None:
    router = APIRouter()
    router.add_api_route("/forgotten", lambda: None, methods=["GET"])
    with pytest.raises(Unruled, match="GET /forgotten"):
        create_app(replace(toy_service(), routers=(toy_router(), router)), conditions())


@pytest.mark.proves("L53")
def test_a_mount_without_a_rule_keeps_the_service_from_starting(tmp_path: Path) -> None:
    router = APIRouter(routes=[Mount("/static", StaticFiles(directory=tmp_path))])
    with pytest.raises(Unruled, match="/static"):
        create_app(replace(toy_service(), routers=(router,)), conditions())


def test_static_files_are_served_under_a_rule(tmp_path: Path) -> None:
    (tmp_path / "page.css").write_text("p {}")
    mount = access(OPEN)(Mount("/static", StaticFiles(directory=tmp_path)))
    with served(app_of(replace(toy_service(), routers=(APIRouter(routes=[mount]),)))) as client:
        assert client.get("/static/page.css").text == "p {}"
        assert client.get("/static/../page.css").status_code == 404
        assert client.post("/static/page.css").status_code == 405


def test_a_route_that_is_added_later_cannot_be_reached() -> None:
    app = toy_app()
    app.add_api_route("/sneaked-in", lambda: "in", methods=["GET"])
    with served(app) as client:
        assert client.get("/sneaked-in").status_code == 404


@pytest.mark.proves("L4")
def test_missing_package_data_keeps_the_port_shut() -> None:
    with pytest.raises(Unproven, match=r"propcast\.service: no/such\.html"):
        create_app(replace(toy_service(), data=(("propcast.service", "no/such.html"),)), conditions())


@pytest.mark.proves("L18", "L6")
def test_a_missing_variable_opens_the_port_and_is_the_one_failing_check() -> None:
    toy = Toy()
    with served(app_of(toy_service(toy), STAGING | {"PROPCAST_MODEL_ALIASES": "champion"}), is_open=False) as client:
        assert client.get("/health").status_code == 200
        wait_until_unopened(client)
        assert failing(client) == {"config:missing_variables": (1, "variables")}
        assert client.get("/open").status_code == 503
        assert client.get("/read", headers=api_key(toy)).status_code == 503
        assert client.get("/read").status_code == 401
        assert toy.seen == []


@pytest.mark.proves("B6")
def test_a_push_to_a_service_that_is_not_open_goes_back_uncharged_and_a_person_hears_that_it_is_down() -> None:
    toy = Toy()
    with served(app_of(toy_service(toy), STAGING | {"PROPCAST_MODEL_ALIASES": "champion"}), is_open=False) as client:
        returned = client.post("/push", headers=push_token())
        assert (returned.status_code, returned.headers["retry-after"]) == (429, "1")
        assert client.post("/admin", headers=api_key(toy)).status_code == 503
        assert toy.seen == []


def wait_until_unopened(client: Client) -> None:
    """Wait for the first try to open the environment, which the start does not wait for."""
    import anyio

    while "process:unopened" in failing(client):
        client.portal.call(anyio.sleep, 0.001)


@pytest.mark.proves("L18")
def test_an_unknown_variable_fails_readiness_though_all_else_works() -> None:
    environ = STAGING | WORKER | {"PROPCAST_MODEL_ALIAS": "champion"}
    with served(app_of(toy_service(), environ)) as client:
        assert failing(client) == {"config:missing_variables": (1, "variables")}
        assert client.get("/open").status_code == 200


@pytest.mark.proves("L18")
@pytest.mark.parametrize(
    ("name", "value"),
    [("PROPCAST_LOG_LEVEL", "LOUD"), ("PROPCAST_OTLP_ENDPOINT", "nowhere"), ("PROPCAST_ENVIRONMENT", "stagging"),
     ("PROPCAST_THREADS", "many"), ("PROPCAST_BACKEND", "cloud")],
)  # fmt: skip
def test_a_malformed_variable_opens_the_port_and_is_the_one_failing_check(name: str, value: str) -> None:
    with served(app_of(toy_service(), STAGING | WORKER | {name: value}), is_open=False) as client:
        wait_until_unopened(client)
        assert failing(client) == {"config:missing_variables": (1, "variables")}
        assert client.get("/open").status_code == 503


def test_an_environment_that_cannot_be_opened_is_tried_again_until_it_can() -> None:
    toy, tries, mended = Toy(), list[int](), threading.Event()

    def opens(_: Mapping[str, str]) -> Toy:
        tries.append(1)
        if not mended.is_set():
            raise OSError("no such disk /mnt/vault")
        return toy

    with served(app_of(replace(toy_service(toy), open=opens)), is_open=False) as client:
        assert failing(client) == {"process:unopened": (1, "environments")}
        assert "vault" not in client.get("/ready").text
        mended.set()
        client.portal.call(kit_of(client.app).until_open)
        assert client.get("/ready").status_code == 200
    assert len(tries) >= 2


@pytest.mark.proves("L10")
def test_wiring_that_throws_is_one_failing_check_and_the_app_serves() -> None:
    def wire(_: Toy) -> NoReturn:
        raise ImportError("no module named pubsub")

    with served(app_of(replace(toy_service(entry=replace(BARE, groups=())), wire=wire))) as client:
        assert "health:wiring" in failing(client)
        assert client.get("/open").status_code == 200


@pytest.mark.proves("L6", "L10")
def test_a_check_that_is_owed_and_not_wired_fails() -> None:
    with served(app_of(replace(toy_service(), wire=lambda _: Wiring()))) as client:
        keys = failing(client)
        assert {"warehouse:latency", "tables:schema_mismatches"} <= set(keys)


def test_a_wired_check_takes_the_place_of_a_skip() -> None:
    wired = Wiring({"bus:latency": lambda: Check("bus:latency", lambda: 3, "ms")})
    with served(toy_app(wiring=wired)) as client:
        body = client.get("/ready").json()
    assert "bus:latency" in body["checks"]
    assert "bus:latency" not in body["skipped"]


@pytest.mark.proves("S9")
def test_routes_for_one_machine_do_not_exist_elsewhere() -> None:
    toy = Toy()
    with served(app_of(toy_service(toy))) as here:
        assert here.post("/fault").status_code == 401
    with served(app_of(toy_service(toy), STAGING | WORKER)) as there:
        assert there.post("/fault").status_code == 404


def test_an_image_of_another_service_does_not_start(tmp_path: Path) -> None:
    baked = tmp_path / "build.json"
    baked.write_text('{"release": "1.14.0", "commit": "abc", "service": "admin-dashboard"}')
    with pytest.raises(InputError, match="built for 'admin-dashboard'"):
        identify(PREDICTION_WORKER.name, {}, {}, baked)
    assert identify("admin-dashboard", {}, {"K_REVISION": "r-7"}, baked).revision == "r-7"


@pytest.mark.parametrize(
    ("environ", "environment"),
    [
        ({}, "local"), ({"PROPCAST_ENVIRONMENT": "staging"}, "staging"), ({"K_SERVICE": "x"}, "production"),
        ({"PROPCAST_ENVIRONMENT": "Local"}, "production"),
    ],
)  # fmt: skip
def test_what_is_allowed_on_one_machine_cannot_be_had_by_leaving_a_variable_out(
    environ: Mapping[str, str], environment: str
) -> None:
    assert identify(PREDICTION_WORKER.name, {}, environ).environment == environment
