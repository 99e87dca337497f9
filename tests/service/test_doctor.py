"""The doctor names what is missing on Google Cloud, port by port, and what to do about it."""

from pathlib import Path

from propcast.backends.settings import load_settings
from propcast.service.doctor import examine

KEY = {"PROPCAST_PUSH_KEY": "k" * 48}


def missing(tmp_path: Path, **variables: str) -> dict[str, tuple[str, ...]]:
    environ = {"PROPCAST_HOME": str(tmp_path), **KEY, **variables}
    return {each.port: each.missing for each in examine(load_settings(environ=environ), environ)}


def test_ports_of_one_machine_are_no_matter_of_the_cloud(tmp_path: Path) -> None:
    assert missing(tmp_path) == {}


def test_each_unset_place_is_named(tmp_path: Path) -> None:
    found = missing(tmp_path, PROPCAST_BACKEND_BUS="gcp")
    assert [*found] == ["bus"]
    assert "PROPCAST_PROJECT_ID, PROPCAST_REGION, PROPCAST_DATASET_PREFIX, PROPCAST_BUCKET" in found["bus"][0]


def test_an_emulator_outside_of_one_machine_is_named(tmp_path: Path) -> None:
    places = {"PROJECT_ID": "p", "REGION": "r", "DATASET_PREFIX": "s_", "BUCKET": "b", "ENVIRONMENT": "staging"}
    variables = {f"PROPCAST_{name}": value for name, value in places.items()}
    cloud = {"PROPCAST_BACKEND_BUS": "gcp", "PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}
    assert "PUBSUB_EMULATOR_HOST is set in 'staging'" in missing(tmp_path, **variables, **cloud)["bus"][0]
