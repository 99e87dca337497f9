"""The doctor names what is missing, port by port, and what to do about it."""

from pathlib import Path

from propcast.backends.compose import compose
from propcast.backends.settings import load_settings
from propcast.service.doctor import PORTS, examine
from propcast.service.topics import Places, subscriptions, topics

KEY = {"PROPCAST_PUSH_KEY": "k" * 48}


def missing(environ: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {each.port: each.missing for each in examine(load_settings(environ=environ), environ)}


def test_a_home_that_has_everything_lacks_nothing(tmp_path: Path) -> None:
    environ = {"PROPCAST_HOME": str(tmp_path), **KEY}
    compose(load_settings(environ=environ), environ=environ).bus.ensure(topics(Places()), subscriptions(Places()))
    assert missing(environ) == dict.fromkeys(("settings", *PORTS), ())


def test_what_is_missing_is_named_with_what_makes_it(tmp_path: Path) -> None:
    found = missing({"PROPCAST_HOME": str(tmp_path), **KEY, "PROPCAST_BAKEND": "gcp"})
    assert found["settings"] == ("PROPCAST_BAKEND is not a setting; did you mean 'PROPCAST_BACKEND'?",)
    assert found["bus"][0].startswith("topic raw-ready, ")
    assert found["bus"][0].endswith("`propcast up` makes them")


def test_on_google_cloud_each_unset_place_is_named_and_the_other_ports_are_looked_at(tmp_path: Path) -> None:
    found = missing({"PROPCAST_HOME": str(tmp_path), **KEY, "PROPCAST_BACKEND_BUS": "gcp"})
    assert [port for port, told in found.items() if told] == ["bus"]
    assert "PROPCAST_PROJECT_ID, PROPCAST_REGION, PROPCAST_DATASET_PREFIX, PROPCAST_BUCKET" in found["bus"][0]


def test_an_emulator_outside_of_one_machine_is_named(tmp_path: Path) -> None:
    places = {"PROJECT_ID": "p", "REGION": "r", "DATASET_PREFIX": "s_", "BUCKET": "b", "ENVIRONMENT": "staging"}
    variables = {f"PROPCAST_{name}": value for name, value in places.items()}
    cloud = {"PROPCAST_BACKEND_BUS": "gcp", "PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}
    found = missing({"PROPCAST_HOME": str(tmp_path), **KEY, **variables, **cloud})
    assert "PUBSUB_EMULATOR_HOST is set in 'staging'" in found["bus"][0]
