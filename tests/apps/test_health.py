"""Every service is well on a good home, and says the same of itself on all paths."""

import json
from typing import Any

import jsonschema
import pytest

from propcast.service.declaration import Service
from propcast.service.health.body import schema_text
from tests.apps.fleet import SERVICES
from tests.apps.rig import Site, failing, running

EACH = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.entry.name)
SCHEMA = json.loads(schema_text())
SKIPPED = {"telemetry:export_age"}


@pytest.mark.proves("H1", "L10")
@EACH
def test_every_path_passes_and_fits_the_schema(trained: Site, service: Service[Any]) -> None:
    with running(trained, service) as app:
        answers = [app.client.get(path, headers=app.caller.service()) for path in ("/health", "/ready", "/health/deep")]
    for answer in answers:
        body = answer.json()
        jsonschema.validate(body, SCHEMA)
        entries = [entry["status"] for (entry,) in body["checks"].values()]
        assert (answer.status_code, failing(body)) == (200, {})
        assert body["status"] == ("warn" if "warn" in entries else "pass")
        assert body["serviceId"] == service.entry.name
    assert answers[0].json()["checks"] == {}


@EACH
def test_every_owed_check_is_looked_at_on_real_backends(trained: Site, service: Service[Any]) -> None:
    with running(trained, service) as app:
        deep, ready = app.deep(), app.ready()
    assert set(deep["checks"]) == set(service.entry.checks) - SKIPPED
    assert set(deep["skipped"]) == SKIPPED
    assert set(ready["checks"]) < set(deep["checks"])


@EACH
def test_an_empty_home_is_no_reason_to_be_unwell(empty: Site, service: Service[Any]) -> None:
    with running(empty, service) as app:
        assert failing(app.deep()) == {}


@pytest.mark.proves("H8")
@EACH
def test_anonymous_callers_learn_nothing_of_the_home(trained: Site, service: Service[Any]) -> None:
    with running(trained, service) as app:
        app.deep()
        (trained.home / "objects" / "known" / "object").unlink()
        app.deep()
        bodies = [app.client.get(path).text for path in ("/ready", "/health/deep")]
    for secret in (str(trained.home), "PROPCAST", "known/object", "Error"):
        assert all(secret not in body for body in bodies)


def test_a_worker_says_which_models_it_serves_with(trained: Site) -> None:
    (service,) = (each for each in SERVICES if each.entry.name == "prediction-worker")
    with running(trained, service) as app:
        (model,) = app.ready()["models"]
    assert model["alias"] == "nba/champion"
    assert model["model_id"].startswith("gbm_lightgbm-points-")


@EACH
def test_metrics_and_the_contract_are_for_those_with_a_credential(trained: Site, service: Service[Any]) -> None:
    with running(trained, service) as app:
        for path in ("/", "/metrics", "/openapi.json"):
            assert app.client.get(path).status_code == 401
            assert app.client.get(path, headers=app.caller.service()).status_code == 200
