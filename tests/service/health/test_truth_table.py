"""The truth table: dependency x {up, slow, down, flapping} x {critical, optional}, for every service and check."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice, product

import jsonschema
import pytest

from propcast.core.clock import FixedClock
from propcast.service import catalogue
from propcast.service.catalogue import Entry
from propcast.service.checklist import CHECKLIST
from propcast.service.health.board import Board, Surroundings
from propcast.service.health.body import MEDIA_TYPE, Status, schema_text
from propcast.service.health.checks import Bounds, Builder, Wiring
from propcast.service.health.reader import read, write
from propcast.service.health.telling import Audience, roll_up
from propcast.service.health.times import HealthTimes
from propcast.service.identity import identify
from tests.service.toys import AT_ONCE, NOW, HandTimer

PASS, WARN, FAIL = Status.PASS, Status.WARN, Status.FAIL
BOUNDS = Bounds(warn=300, fail=1000)
SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text()))


@dataclass
class Dependency:
    """Answers as it is told to; async, so that thousands of runs cost no threads."""

    looks: Iterator[float | Exception]

    async def observe(self) -> float:
        look = next(self.looks)
        if isinstance(look, Exception):
            raise look
        return look


Looks = dict[str, Iterator[float | Exception]]
STATES: dict[str, Callable[[], Iterator[float | Exception]]] = {
    "up": lambda: cycle([12.0]),
    "slow": lambda: cycle([700.0]),
    "down": lambda: cycle([ConnectionRefusedError("10.0.0.7:5432")]),
    "flapping": lambda: cycle([12.0, ConnectionRefusedError("10.0.0.7:5432")]),
}
LOOKS = {"up": 1, "slow": 1, "down": 2, "flapping": 10}
"""So many looks bring a state to rest; the last one of the flapping dependency fails."""
TABLE = {
    ("up", True): (PASS, PASS), ("slow", True): (WARN, WARN), ("down", True): (FAIL, FAIL),
    ("flapping", True): (FAIL, FAIL),
    ("up", False): (PASS, PASS), ("slow", False): (WARN, WARN), ("down", False): (FAIL, WARN),
    ("flapping", False): (FAIL, WARN),
}  # fmt: skip


def board(entry: Entry, looks: Looks, critical: dict[str, bool], keys: Sequence[str] = ()) -> Board:
    """A board of what a service owes (or of some of it), each check looking at a dependency of its own."""

    def wired(key: str) -> Builder:
        dependency = Dependency(looks.get(key, cycle([1.0])))
        check = CHECKLIST[key].check(dependency.observe, BOUNDS)
        return lambda: replace(check, in_ready=True, critical=critical.get(key, check.critical))

    around = Surroundings(identify(entry.name, {}, {}), FixedClock(NOW), HandTimer(), AT_ONCE)
    return Board(around, Wiring({key: wired(key) for key in keys or entry.checks}), keys or entry.checks)


async def steady(entry: Entry, key: str, state: str, *, critical: bool) -> tuple[Status, Status]:
    """What `/ready` says of one dependency, between two that are up, and of the service once the state has lasted."""
    keys = [key, *[other for other in entry.checks if other != key][:2]]
    watched = board(entry, {key: STATES[state]()}, {key: critical}, keys)
    for _ in range(LOOKS[state]):
        body = await watched.ready(Audience.TRUSTED)
    assert body.status.code == (503 if body.status is FAIL else 200)
    return body.checks[key][0].status, body.status


@pytest.mark.proves("H2", "L8")
@pytest.mark.parametrize("entry", catalogue.SERVICES, ids=lambda entry: entry.name)
def test_the_steady_state_of_every_dependency_of_every_service(entry: Entry) -> None:
    async def all_cells() -> None:
        for key, state, critical in product(entry.checks, STATES, (True, False)):
            assert await steady(entry, key, state, critical=critical) == TABLE[state, critical], (key, state, critical)

    asyncio.run(all_cells())


@pytest.mark.proves("H1", "L10")
@pytest.mark.parametrize("entry", catalogue.SERVICES, ids=lambda entry: entry.name)
def test_every_body_of_every_service_in_every_state_fits_the_schema(entry: Entry) -> None:
    async def all_bodies() -> None:
        for shift in range(len(STATES)):
            states = dict(zip(entry.checks, islice(cycle(STATES), shift, None), strict=False))
            watched = board(entry, {key: STATES[state]() for key, state in states.items()}, {})
            for _ in range(3):
                bodies = [watched.alive(), *[await watched.ready(audience) for audience in Audience]]
            for body in (*bodies, await watched.deep(), watched.last_deep()):
                assert body is not None
                raw = write(body)
                SCHEMA.validate(json.loads(raw))
                assert read(body.status.code, MEDIA_TYPE, raw) == body

    asyncio.run(all_bodies())


@pytest.mark.proves("H2")
def test_a_critical_dependency_that_flapped_is_forgiven_after_three_good_looks() -> None:
    flap: list[float | Exception] = [ConnectionRefusedError("no"), 1.0]
    looks = iter([1.0, *flap * 5, 1.0, 1.0, 1.0])
    watched = board(catalogue.PREDICTION_WORKER, {"state:latency": looks}, {})

    async def told() -> list[Status]:
        return [(await watched.ready(Audience.TRUSTED)).status for _ in range(14)]

    assert asyncio.run(told())[9:] == [FAIL, FAIL, FAIL, PASS, PASS]


def test_deep_health_reports_only_what_it_has_just_seen() -> None:
    looks: Iterator[float | Exception] = iter([ConnectionRefusedError("no"), 1.0])
    watched = board(catalogue.PREDICTION_WORKER, {"bus:latency": looks}, {})

    async def told() -> list[Status]:
        return [(await watched.deep()).status, (await watched.deep()).status]

    assert asyncio.run(told()) == [FAIL, PASS]


@pytest.mark.parametrize("statuses", [[], [PASS], [WARN], [FAIL]])
def test_no_checks_registered_is_a_failure(statuses: list[Status]) -> None:
    assert roll_up([(status, True) for status in statuses]) is (statuses or [FAIL])[0]


def test_the_times_of_a_run_can_be_scaled() -> None:
    assert HealthTimes().scaled(0.5).ready.window_s == 2.5
