"""The six services and their variables, against the contract's table and against the schema of the body."""

import json
from collections.abc import Mapping
from typing import get_args

import pytest

from propcast.core.errors import InputError
from propcast.service import catalogue
from propcast.service.catalogue import Entry
from propcast.service.health.body import HealthBody, schema_text
from propcast.service.identity import identify
from propcast.service.variables import Findings, service_urls

CLOUD = {
    "PROPCAST_ENVIRONMENT": "production", "PROPCAST_BACKEND": "gcp", "PROPCAST_PUSH_AUDIENCE": "https://w.example",
    "PROPCAST_PROJECT_ID": "p", "PROPCAST_REGION": "r", "PROPCAST_DATASET_PREFIX": "d", "PROPCAST_BUCKET": "b",
}  # fmt: skip
OWN: dict[str, dict[str, str]] = {
    "admin-dashboard": {"PROPCAST_SERVICE_URLS": "prediction-worker=https://w.example"},
    "prediction-coordinator": {
        "PROPCAST_TOPIC_PREDICTION_REQUEST": "a", "PROPCAST_TOPIC_PREDICTION_READY": "b",
        "PROPCAST_TOPIC_SLATE_PUBLISHED": "c",
    },
    "prediction-worker": {"PROPCAST_MODEL_ALIASES": "champion", "PROPCAST_TOPIC_PREDICTION_READY": "b"},
    "mlb-prediction-worker": {"PROPCAST_MODEL_ALIASES": "champion", "PROPCAST_TOPIC_PREDICTION_READY": "b"},
    "analytics-processor": {"PROPCAST_TOPIC_ANALYTICS_READY": "a"},
    "precompute-processor": {"PROPCAST_TOPIC_FEATURES_READY": "f"},
}  # fmt: skip
PORTS = {
    "admin-dashboard": 8080, "prediction-coordinator": 8081, "prediction-worker": 8082, "mlb-prediction-worker": 8083,
    "analytics-processor": 8084, "precompute-processor": 8085,
}  # fmt: skip
entries = pytest.mark.parametrize("entry", catalogue.SERVICES, ids=lambda entry: entry.name)


def test_names_ports_and_schema_agree() -> None:
    names = {entry.name for entry in catalogue.SERVICES}
    assert {entry.name: entry.port for entry in catalogue.SERVICES} == PORTS
    assert names == set(json.loads(schema_text())["properties"]["serviceId"]["enum"])
    assert names == set(get_args(HealthBody.model_fields["service_id"].annotation))


def test_a_service_is_found_by_both_its_names_and_a_misspelt_one_with_a_hint() -> None:
    assert catalogue.service("nba-admin-dashboard") is catalogue.service("admin-dashboard")
    with pytest.raises(InputError, match="did you mean 'prediction-worker'"):
        catalogue.service("prediction-wroker")


@entries
def test_on_one_machine_every_variable_has_a_default(entry: Entry) -> None:
    assert entry.examine({}) == Findings()


@entries
@pytest.mark.proves("L18")
def test_elsewhere_every_required_variable_is_missed(entry: Entry) -> None:
    complete = CLOUD | OWN[entry.name]
    assert entry.examine(complete) == Findings()
    for name in complete.keys() - {"PROPCAST_ENVIRONMENT", "PROPCAST_BACKEND"}:
        without = {key: value for key, value in complete.items() if key != name}
        assert entry.examine(without).sentences == (f"{name} is not set",)


def test_on_a_platform_a_missing_environment_is_missed_too() -> None:
    environ = {"K_SERVICE": "prediction-worker", **CLOUD, **OWN["prediction-worker"]}
    del environ["PROPCAST_ENVIRONMENT"]
    assert catalogue.PREDICTION_WORKER.examine(environ).sentences == ("PROPCAST_ENVIRONMENT is not set",)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"PROPCAST_ENVIRONMENT": "prod"}, "PROPCAST_ENVIRONMENT is malformed"),
        ({"PROPCAST_THREADS": "two"}, "PROPCAST_THREADS is malformed: A positive whole number."),
        ({"PROPCAST_THREADS": "0"}, "PROPCAST_THREADS is malformed"),
        ({"PROPCAST_OTLP_ENDPOINT": "collector:4318"}, "PROPCAST_OTLP_ENDPOINT is malformed"),
        ({"PROPCAST_OTLP_ENDPOINT": "https://user:hunter2@c.example"}, "PROPCAST_OTLP_ENDPOINT is malformed"),
        ({"PROPCAST_BACKEND_STATE": "oracle"}, "PROPCAST_BACKEND_STATE is malformed"),
        ({"PROPCAST_THRAEDS": "2"}, "did you mean 'PROPCAST_THREADS'"),
        ({"GCP_PROJECT_ID": "other"}, "PROPCAST_PROJECT_ID and GCP_PROJECT_ID have different values"),
    ],
)  # fmt: skip
@pytest.mark.proves("L18")
def test_each_wrong_variable_is_one_sentence_without_its_value(changed: dict[str, str], found: str) -> None:
    sentences = catalogue.PREDICTION_WORKER.examine(CLOUD | OWN["prediction-worker"] | changed).sentences
    assert len(sentences) == 1
    assert found in sentences[0]
    assert not [value for value in changed.values() if len(value) > 5 and value in sentences[0]]


@pytest.mark.parametrize(
    "also", [{"PROPCAST_KEY_ODDS": "x"}, {"PROPCAST_BACKEND_BUS": "local"}, {"PROPCAST_TOPIC_LINES_CHANGED": "x"},
             {"GCP_PROJECT_ID": "p"}, {"PROPCAST_SESSION_KEY": "x"}, {"PATH": "/bin"}],
)  # fmt: skip
def test_what_some_service_reads_is_known_to_all(also: dict[str, str]) -> None:
    assert catalogue.PREDICTION_WORKER.examine(CLOUD | OWN["prediction-worker"] | also) == Findings()


def test_the_project_may_be_told_by_its_alias() -> None:
    environ = CLOUD | OWN["prediction-worker"] | {"GCP_PROJECT_ID": "p"}
    del environ["PROPCAST_PROJECT_ID"]
    assert catalogue.PREDICTION_WORKER.examine(environ) == Findings()


def test_the_configuration_hash_covers_settings_and_no_secrets() -> None:
    entry = catalogue.ADMIN_DASHBOARD
    one = CLOUD | OWN["admin-dashboard"]

    def hashed(environ: Mapping[str, str]) -> str:
        return identify(entry.name, entry.told(environ), environ).config_hash

    assert hashed(one) == hashed({**one, "PROPCAST_SESSION_KEY": "a", "PATH": "x"})
    assert hashed(one) != hashed({**one, "PROPCAST_BUCKET": "other"})


def test_service_addresses_are_pairs() -> None:
    assert service_urls("a=http://x/, b = https://y") == {"a": "http://x", "b": "https://y"}
    assert service_urls("") == {}
