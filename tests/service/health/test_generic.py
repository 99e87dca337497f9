"""The checks that need nothing of a service see what is wrong, count it, and say it."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import cast

import pytest

from propcast.core.clock import FixedClock
from propcast.service.catalogue import ADMIN_DASHBOARD, PREDICTION_WORKER
from propcast.service.checklist import CHECKLIST
from propcast.service.health import generic, ports
from propcast.service.health.body import Status
from propcast.service.health.checks import Observe, Observed, Output
from tests.service.toys import NOW, HandTimer


def seen(observe: Observe) -> Observed:
    found = observe()
    return found if isinstance(found, Observed) else Observed(found)  # type: ignore[arg-type]


def test_variables_are_read_again_each_time_and_all_that_is_wrong_is_counted() -> None:
    environ = {"PROPCAST_ENVIRONMENT": "staging", "PROPCAST_BACKEND": "gcp", "PROPCAST_BUCKETT": "b"}
    observe = generic.missing_variables(lambda: PREDICTION_WORKER.examine(environ))
    before = seen(observe)
    environ["PROPCAST_BUCKET"] = "b"
    after = seen(observe)
    assert isinstance(before.value, int)
    assert after.value == before.value - 1
    assert "PROPCAST_BUCKETT is not a variable of PropCast; did you mean 'PROPCAST_BUCKET'?" in before.sentence


def test_each_secret_that_cannot_be_resolved_is_counted() -> None:
    vault = {"A": "value"}
    found = seen(generic.missing_secrets(vault.__getitem__, ["A", "B", "C"]))
    assert (found.value, found.sentence) == (2, "not found or empty: B, C")


def test_each_data_file_that_cannot_be_opened_is_counted() -> None:
    files = [("propcast.service.health", "schema.json"), ("propcast.service.health", "no.json"), ("propcast.nope", "x")]
    assert seen(generic.missing_data(files)).value == 2


def test_memory_is_a_share_of_what_may_be_used() -> None:
    assert seen(generic.memory_share(lambda: 170, lambda: 200)).value == 85.0
    share = seen(generic.memory_share()).value
    assert isinstance(share, float)
    assert 0 < share < 100


def test_loop_lag_is_how_much_later_than_asked_the_loop_comes_back() -> None:
    timer = HandTimer()
    observe = generic.loop_lag(timer)

    async def blocked_for(seconds: float) -> object:
        asyncio.get_running_loop().call_soon(timer.advance, seconds)
        return await cast("Awaitable[object]", observe())

    assert asyncio.run(blocked_for(0.255)) == 250.0
    assert asyncio.run(blocked_for(0.001)) == 0.0


@pytest.mark.parametrize(
    ("there", "skew"), [(0.0, 0.0), (0.4, 0.0), (-3.0, 3.0), (13.0, 12.0)], ids=["same", "between", "behind", "ahead"]
)
def test_clock_skew_does_not_count_the_way_to_the_store(there: float, skew: float) -> None:
    clock = FixedClock(NOW)

    def ask() -> datetime:
        clock.instant += timedelta(seconds=1)  # the answer takes a second
        return NOW + timedelta(seconds=there)

    assert seen(generic.clock_skew(clock, ask)).value == skew


def test_export_age_counts_from_the_start_until_something_was_accepted() -> None:
    clock, accepted = FixedClock(NOW), list[datetime]()
    observe = generic.export_age(clock, NOW - timedelta(seconds=90), lambda: accepted[-1] if accepted else None)
    assert seen(observe).value == 90
    accepted.append(NOW - timedelta(seconds=5))
    assert seen(observe).value == 5


def test_latency_is_the_time_of_the_read() -> None:
    timer = HandTimer()
    assert seen(ports.latency(lambda: timer.advance(0.25), timer)).value == 250.0


def test_a_round_trip_compares_and_always_deletes() -> None:
    scratch: dict[str, bytes] = {}

    def write() -> str:
        scratch["k"] = b"written"
        return "k"

    def trip(read: bytes) -> Observed:
        return seen(ports.round_trip(write, lambda _: read, scratch.pop, lambda key: scratch[key]))

    assert trip(b"written").status is None
    assert (trip(b"other").status, trip(b"other").output) == (Status.FAIL, Output.MISMATCH)
    assert scratch == {}

    def fails(_: str) -> bytes:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any
        ports.round_trip(write, fails, scratch.pop, lambda key: scratch[key])()
    assert scratch == {}


def test_every_check_that_a_service_owes_is_on_the_checklist_once() -> None:
    assert set(ADMIN_DASHBOARD.checks) <= set(CHECKLIST)
    assert len(set(PREDICTION_WORKER.checks)) == len(PREDICTION_WORKER.checks)
    assert "models:golden_difference" in PREDICTION_WORKER.checks
    assert "services:not_ready" in ADMIN_DASHBOARD.checks


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("process:memory", 84.9, Status.PASS), ("process:memory", 85, Status.WARN), ("process:memory", 97, Status.FAIL),
        ("warehouse:latency", 299, Status.PASS), ("warehouse:latency", 5000, Status.WARN),
        ("models:golden_difference", 1e-6, Status.PASS), ("models:golden_difference", 1.1e-6, Status.FAIL),
        ("deadletter:depth", 0, Status.PASS), ("deadletter:depth", 1, Status.WARN),
        ("deadletter:depth", 50, Status.FAIL),
        ("outbox:oldest_unsent", 30, Status.WARN), ("clock:skew", 10, Status.FAIL),
        ("config:missing_variables", 1, Status.FAIL),
    ],
)  # fmt: skip
def test_bounds_are_those_of_the_contract(key: str, value: float, status: Status) -> None:
    assert CHECKLIST[key].bounds.judge(value) is status
