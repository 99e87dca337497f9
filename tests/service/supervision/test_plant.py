"""What runs on one machine follows from the catalogue and the settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.settings import Settings
from propcast.core.clock import SystemClock
from propcast.core.errors import InputError
from propcast.service import catalogue, topics
from propcast.service.supervision.plant import NAMES, addresses, declare, environment, stages, undertaking
from propcast.service.variables import service_urls

HOME = Path("/nowhere")


def names(*only: str) -> list[list[str]]:
    return [[program.name for program in stage] for stage in stages(environment(HOME, 8080, {}), 8080, only)]


def test_services_come_first_then_the_bus_then_the_scheduler() -> None:
    assert names() == [[entry.name for entry in catalogue.SERVICES], ["bus"], ["scheduler"]]


def test_some_services_come_with_the_bus_and_without_the_scheduler() -> None:
    assert names("prediction-worker", "nba-admin-dashboard") == [["admin-dashboard", "prediction-worker"], ["bus"]]
    assert names("prediction-worker", "scheduler") == [["prediction-worker"], ["bus"], ["scheduler"]]


def test_a_bus_that_delivers_by_itself_is_no_process_here() -> None:
    found = undertaking(Settings(home=HOME, backend_bus="gcp"), {}).stages
    assert [[program.name for program in stage] for stage in found] == [
        [entry.name for entry in catalogue.SERVICES], ["scheduler"],
    ]  # fmt: skip


def test_a_name_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'scheduler'"):
        names("sheduler")


def test_services_listen_where_the_catalogue_says() -> None:
    services = stages(environment(HOME, 8080, {}), 8080)[0]
    assert [program.port for program in services] == [entry.port for entry in catalogue.SERVICES]
    assert [program.address for program in services] == [entry.local_url for entry in catalogue.SERVICES]


def test_another_first_port_moves_all_of_them_and_everybody_knows() -> None:
    given = environment(HOME, 9000, {"PROPCAST_BASE_PORT": "9000"})
    told = service_urls(given["PROPCAST_SERVICE_URLS"])
    assert [program.address for program in stages(given, 9000)[0]] == list(told.values())
    assert told["prediction-worker"] == "http://127.0.0.1:9002"
    for entry in catalogue.SERVICES:  # nothing in it that a service does not know
        assert entry.examine(given).sentences == ()


def test_an_address_that_the_user_gave_stays() -> None:
    given = environment(HOME, 8080, {"PROPCAST_SERVICE_URLS": "prediction-worker=http://10.0.0.7:1"})
    assert service_urls(given["PROPCAST_SERVICE_URLS"]) == {
        **addresses(8080), "prediction-worker": "http://10.0.0.7:1",
    }  # fmt: skip


def test_no_process_looks_for_plugins_that_there_are_not_unless_the_user_wants_it() -> None:
    name = "PYDANTIC_DISABLE_PLUGINS"
    assert environment(HOME, 8080, {})[name] == "__all__"
    assert environment(HOME, 8080, {name: "some"})[name] == "some"


def test_the_bus_is_declared_before_anything_starts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, base_port=9000)
    given = environment(tmp_path, 9000, {})
    declare(tmp_path, settings, given)
    places = topics.Places(service_urls(given["PROPCAST_SERVICE_URLS"]))
    bus = SqliteBus(tmp_path / "bus.sqlite", SystemClock())
    wanted = topics.subscriptions(places)
    assert bus.missing(topics.topics(places), [each.name for each in wanted]) == []


def test_pauses_between_restarts_scale_with_the_protocol() -> None:
    wanted = undertaking(Settings(home=HOME, time_divisor=50), {})
    assert wanted.times.longest_restart_s == pytest.approx(0.6)
    assert [program.name for program in wanted.programs] == list(NAMES)


def test_the_supervisor_itself_loads_none_of_the_libraries_of_what_it_runs() -> None:
    """It is there before the first process, and stays small beside them."""
    code = "import sys, propcast.service.supervision.plant; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert set(ran.stdout.split()) & {"fastapi", "polars", "deltalake", "opentelemetry", "uvicorn", "httpx"} == set()
