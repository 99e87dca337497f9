"""The variables that services name and the settings that the composition root reads are the same."""

import pytest

from propcast.backends.settings import FAMILIES, PREFIX, Settings, known_variables
from propcast.service import variables
from propcast.service.catalogue import SERVICES
from propcast.service.variables import divisor, offset

ELSEWHERE = {"PROPCAST_BASE_PORT", "PROPCAST_SIGNING_KEY"}
"""What the supervisor alone reads, and takes out of the environment of the services, and who pushes images."""


def named() -> set[str]:
    """Every variable that some service names."""
    common = [*variables.REQUIRED, *variables.OPTIONAL, *(v for them in variables.REQUIRED_ON.values() for v in them)]
    return {v.name for v in (*common, *(v for entry in SERVICES for v in (*entry.required, *entry.optional)))}


@pytest.mark.proves("L18")
def test_every_setting_is_named_by_a_service_and_the_other_way_round() -> None:
    assert named() | ELSEWHERE == set(known_variables())
    assert {family.name for family in variables.FAMILIES} == set(FAMILIES)


def test_what_a_setting_refuses_is_malformed_for_the_services_too() -> None:
    environ = {"PROPCAST_SHARD_SIZE": "many", "PROPCAST_TIME_DIVISOR": "0", "PROPCAST_THREADS": "-1"}
    found = [sentence for entry in SERVICES for sentence in entry.examine(environ).malformed]
    assert all(any(sentence.startswith(f"{name} is malformed") for sentence in found) for name in environ)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_a_default_that_is_safe_on_one_machine(name: str) -> None:
    assert not Settings.model_fields[name].is_required()
    assert f"{PREFIX}{name.upper()}" in known_variables()


@pytest.mark.parametrize(("text", "good"), [("1", True), ("50", True), ("2.5", True), ("0", False), ("nan", False)])
def test_a_divisor_is_a_number_of_at_least_one(text: str, *, good: bool) -> None:
    assert divisor(text) is good


@pytest.mark.parametrize(("text", "good"), [("-10", True), ("7.25", True), ("61", False), ("+1", False), ("", False)])
def test_an_offset_is_at_most_a_minute_either_way(text: str, *, good: bool) -> None:
    assert offset(text) is good
