"""The doctor names what is missing of a bus on Google Cloud, and what to do about it."""

from pathlib import Path

import pytest

from propcast.backends.settings import Settings, load_settings
from propcast.core.errors import InputError
from propcast.pipeline.doctor import examine
from propcast.service.bus_doctor import DECLARED, bus_checks

PLACES = {"PROJECT_ID": "p", "REGION": "r", "DATASET_PREFIX": "s_", "BUCKET": "b"}


def environ_of(tmp_path: Path, **variables: str) -> dict[str, str]:
    return {"PROPCAST_HOME": str(tmp_path), "PROPCAST_PUSH_KEY": "k" * 48, **variables}


def settings_of(environ: dict[str, str]) -> Settings:
    return load_settings(environ=environ)


def test_a_bus_of_one_machine_is_no_matter_of_the_cloud(tmp_path: Path) -> None:
    environ = environ_of(tmp_path)
    assert bus_checks(settings_of(environ), environ) == {}


def test_each_unset_place_is_named(tmp_path: Path) -> None:
    environ = environ_of(tmp_path, PROPCAST_BACKEND_BUS="gcp")
    with pytest.raises(
        InputError, match="PROPCAST_PROJECT_ID, PROPCAST_REGION, PROPCAST_DATASET_PREFIX, PROPCAST_BUCKET"
    ):
        bus_checks(settings_of(environ), environ)[DECLARED]()


def test_an_emulator_outside_of_one_machine_is_named(tmp_path: Path) -> None:
    variables = {f"PROPCAST_{name}": value for name, value in (PLACES | {"ENVIRONMENT": "staging"}).items()}
    cloud = {"PROPCAST_BACKEND_BUS": "gcp", "PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}
    environ = environ_of(tmp_path, **variables, **cloud)
    with pytest.raises(InputError, match="PUBSUB_EMULATOR_HOST is set in 'staging'"):
        bus_checks(settings_of(environ), environ)[DECLARED]()


def test_what_a_check_of_another_room_says_or_raises_is_a_finding(tmp_path: Path) -> None:
    def refused() -> tuple[str, str]:
        raise InputError("no bus")

    def closed(*_: object) -> object:
        raise InputError("no home")

    more = {"a:works": lambda: ("pass", "all there"), "b:raises": refused}
    found = {each.check: each for each in examine(closed, Settings(home=tmp_path / "none"), more)}  # type: ignore[arg-type]
    assert (found["a:works"].status, found["a:works"].detail) == ("pass", "all there")
    assert (found["b:raises"].status, found["b:raises"].detail) == ("fail", "InputError: no bus")
