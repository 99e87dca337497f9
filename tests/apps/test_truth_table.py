"""The truth table on the six real apps, over HTTP: every check as it is wired, and every port under the real checks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, product
from typing import Any

import pytest

from propcast.apps.resources import Resources
from propcast.service.catalogue import Entry
from propcast.service.health import ports
from propcast.service.health.board import Board
from propcast.service.health.body import Status
from propcast.service.health.checks import Builder, Check, Wiring, build
from propcast.service.health.damping import Damping
from propcast.service.kit import Kit
from tests.apps.rig import Running, Site, running
from tests.apps.six import ENTRIES, declared
from tests.service.health.test_truth_table import LOOKS, TABLE, Dependency
from tests.service.toys import HandTimer

EACH = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
PORTS = ("warehouse", "state", "objects", "bus")
SLOW_S = 0.7
REFUSED = ConnectionRefusedError("10.0.0.7:5432")


def with_board(kit: Kit[Any], wiring: Wiring) -> None:
    """Give an app other checks, and no memory of what the ones before saw."""
    kit.board = Board(replace(kit._around, damping=Damping()), wiring, kit.service.entry.checks)


def steady(app: Running, key: str) -> tuple[Status, Status]:
    """What `/ready` says of one check and of the service."""
    answer = app.client.get("/ready", headers=app.caller.service())
    body = answer.json()
    assert answer.status_code == (503 if body["status"] == "fail" else 200)
    return Status(body["checks"][key][0]["status"]), Status(body["status"])


def looking_at(check: Check, looks: Iterator[float | Exception]) -> Builder:
    return lambda: replace(check, observe=Dependency(looks).observe)


def states_of(check: Check) -> dict[str, Iterator[float | Exception]]:
    """What a check sees in each state; where its bounds know no warning it is never slow."""
    slow = {} if check.bounds.warn is None else {"slow": cycle([check.bounds.warn])}
    return {"up": cycle([0.0]), **slow, "down": cycle([REFUSED]), "flapping": cycle([0.0, REFUSED])}


@pytest.mark.proves("H2", "L8")
@EACH
def test_every_check_as_its_service_wires_it(empty: Site, entry: Entry) -> None:
    service, wrong, both = declared(entry, empty), [], set()
    with running(empty, service) as app:
        kit: Kit[Any] = app.client.app.state.kit
        wired = kit._common | service.wire(kit.environment)
        checks = build(wired)
        quiet = {check.key: looking_at(check, cycle([0.0])) for check in checks}
        for check in [each for each in checks if each.in_ready]:
            both.add(check.critical)
            for state, looks in states_of(check).items():
                with_board(kit, Wiring({**quiet, check.key: looking_at(check, looks)}, wired.skipped))
                found = [steady(app, check.key) for _ in range(LOOKS[state])][-1]
                if found != TABLE[state, check.critical]:
                    wrong.append((check.key, state, check.critical, found))
    assert wrong == []
    assert both == {True, False}


@dataclass
class Faulty:
    """A port that answers, answers late, or refuses, as it is told."""

    inner: Any
    timer: HandTimer
    late_s: float = 0.0
    is_down: bool = False

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.inner, name)
        if not callable(asked):
            return asked

        def answer(*args: Any, **told: Any) -> Any:
            if self.is_down:
                raise REFUSED
            self.timer.advance(self.late_s)
            return asked(*args, **told)

        return answer


def is_of_the_machine(check: Check) -> bool:
    """Whether a check sees how busy this machine is, or services that are not there."""
    return check.key.startswith(("process:", "services:"))


@contextmanager
def faulty(entry: Entry, site: Site, timer: HandTimer) -> Iterator[tuple[Running, dict[str, Faulty], Any]]:
    """A running service, its ports to be made faulty, and what wires its checks to them anew."""
    service = declared(entry, site)
    with running(site, service) as app:
        kit: Kit[Any] = app.client.app.state.kit
        environment: Any = kit.environment
        resources: Resources = environment if isinstance(environment, Resources) else environment.resources
        found = {name: Faulty(getattr(resources.backends, name), timer) for name in PORTS}
        meddled: Any = found
        with_faults = replace(resources, backends=replace(resources.backends, **meddled))
        around = with_faults if environment is resources else replace(environment, resources=with_faults)
        wired = kit._common | service.wire(around)
        quiet = {check.key: looking_at(check, cycle([0.0])) for check in build(wired) if is_of_the_machine(check)}
        yield app, found, lambda: with_board(kit, wired | Wiring(quiet))


@pytest.mark.proves("H2", "L8")
@EACH
def test_every_port_under_the_real_checks(trained: Site, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    timer, wrong = HandTimer(), []
    monkeypatch.setattr(ports.latency, "__defaults__", (timer,))
    with faulty(entry, trained, timer) as (app, found, begin):
        for port, state in product(PORTS, LOOKS):
            begin()
            dependency, key = found[port], f"{port}:latency"
            dependency.late_s = SLOW_S if state == "slow" else 0.0
            for look in range(LOOKS[state]):
                dependency.is_down = state == "down" or (state == "flapping" and look % 2 == 1)
                seen = steady(app, key)
            if seen != TABLE[state, True]:
                wrong.append((port, state, seen))
            dependency.is_down, dependency.late_s = False, 0.0
    assert wrong == []
