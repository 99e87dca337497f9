"""What the log says of requests and instances; what it may not say yet is not known."""

from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.cloud.logging_v2.types import LogEntry

from propcast.delivery.targets import port
from tests.delivery.targets.cloudrun.conftest import DEPLOYED, NOW, SERVICE, Bench
from tests.delivery.targets.cloudrun.entries import entry, request, system
from tests.emulators.wire import FOR_EVER, Fault

ONE = f"{DEPLOYED}-one"
MINUTE, DELAY = timedelta(minutes=1), timedelta(seconds=180)
OUT_OF_MEMORY = "Memory limit of 1024 MiB exceeded with 1030 MiB used. Consider increasing the memory limit."


def asked(bench: Bench, later: timedelta = MINUTE + DELAY) -> Any:
    """Ask for the requests of a minute, so much later."""
    if not bench.platform.run.services:
        bench.live()
    bench.clock.instant = NOW + later
    return bench.target.requests(SERVICE, NOW, NOW + MINUTE)


def test_a_request_is_told_as_it_was_logged(bench: Bench) -> None:
    bench.platform.log = [request(200)]
    assert asked(bench) == [port.Request(NOW, ONE, "i1", "/predict", 200, 0.25)]


@pytest.mark.parametrize(("status", "code"), [(503, 503), (504, 599), (0, 599)])
def test_time_outs_and_broken_connections_have_one_code(bench: Bench, status: int, code: int) -> None:
    bench.platform.log = [request(status)]
    assert [each.code for each in asked(bench)] == [code]


def test_synthetic_load_is_told_by_its_user_agent(bench: Bench) -> None:
    bench.platform.log = [request(200, "propcast-synthetic/1"), request(200)]
    assert [each.synthetic for each in asked(bench)] == [True, False]


def test_the_log_is_asked_for_one_service_and_one_window(bench: Bench) -> None:
    asked(bench)
    for word in (
        'logName="projects/propcast-production/logs/run.googleapis.com%2Frequests"',
        'resource.labels.service_name="prediction-worker"',
        'resource.labels.location="us-east1"',
        'timestamp>="2026-11-30T12:00:00.000000+00:00" AND timestamp<"2026-11-30T12:01:00.000000+00:00"',
    ):
        assert word in bench.platform.filters[0]


def test_no_requests_is_an_answer_and_a_window_too_young_is_none(bench: Bench) -> None:
    assert asked(bench) == []
    assert asked(bench, later=MINUTE + DELAY - timedelta(seconds=1)) is None


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.PERMISSION_DENIED])
def test_a_log_that_cannot_be_read_says_nothing(bench: Bench, code: grpc.StatusCode) -> None:
    bench.live()
    bench.platform.faults["ListLogEntries"] = Fault(code, FOR_EVER)
    assert asked(bench) is None
    assert bench.target.condition(SERVICE, ONE, NOW) is None


def test_a_log_that_fails_once_is_read_again(bench: Bench) -> None:
    bench.platform.log = [request(200)]
    bench.platform.faults["ListLogEntries"] = Fault(grpc.StatusCode.UNAVAILABLE, 1)
    assert len(asked(bench)) == 1


def condition(bench: Bench, *entries: LogEntry, later: timedelta = MINUTE + DELAY) -> port.Condition | None:
    """Return how the first revision fares with these entries, so much later."""
    bench.live()
    bench.platform.log = list(entries)
    bench.clock.instant = NOW + later
    return bench.target.condition(SERVICE, ONE, NOW)


def test_instances_are_counted_by_what_they_log(bench: Bench) -> None:
    told = condition(bench, request(200), entry("requests", instance="i2"), system("Starting new instance."))
    assert told == port.Condition(2, ready=True, restarts=0, out_of_memory=0, seen_at=NOW + MINUTE)


@pytest.mark.parametrize(
    ("text", "restarts", "out_of_memory"),
    [
        ("Container called exit(1).", 1, 0),
        ("Container called exit(0).", 0, 0),
        ("Container terminated on signal 9.", 1, 0),
        ("The user-provided container failed the configured startup probe checks.", 1, 0),
        (OUT_OF_MEMORY, 0, 1),
    ],
)
def test_falls_are_told_at_once(bench: Bench, text: str, restarts: int, out_of_memory: int) -> None:
    told = condition(bench, system(text), later=MINUTE)
    if not restarts and not out_of_memory:
        assert told is None
    else:
        assert told is not None
        assert (told.restarts, told.out_of_memory) == (restarts, out_of_memory)


def test_nothing_is_known_of_a_revision_that_is_not_there(bench: Bench) -> None:
    bench.live()
    assert bench.target.condition(SERVICE, f"{DEPLOYED}-nine", NOW) is None
