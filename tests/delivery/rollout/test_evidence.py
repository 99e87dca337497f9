"""A rollout whose evidence is missing: it pauses, whatever the reason, and is neither promoted nor aborted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from propcast.delivery.rollout.controller import Controller
from propcast.delivery.rollout.plan import LOADED
from propcast.delivery.rollout.states import State
from propcast.delivery.targets.port import Request
from tests.delivery.rollout.world import SERVICE, STABLE, World, verdicts


@pytest.mark.proves("C4")
def test_without_any_traffic_it_pauses(world: World) -> None:
    world.organic = 0.0
    record = world.roll(synthetic_rate=0.0)
    assert record.state is State.PAUSED
    assert verdicts(record) == [(0, number, "inconclusive") for number in (1, 2, 3)]
    assert world.weights() == {STABLE: 100}


def blind(world: World) -> None:
    world.memory.blind.add(SERVICE)


def of_another_revision(world: World) -> None:
    _log(world, lambda seen: [replace(request, revision="somebody-else") for request in seen])


def empty(world: World) -> None:
    _log(world, lambda seen: [])


def late(world: World) -> None:
    _log(world, lambda seen: [request for request in seen if request.at < seen[0].at + timedelta(seconds=1)])


def _log(world: World, told: Callable[[Sequence[Request]], Sequence[Request]]) -> None:
    kept = world.memory.requests

    def requests(service: str, since: datetime, until: datetime) -> Sequence[Request] | None:
        return told(kept(service, since, until) or [])

    world.memory.requests = requests  # type: ignore[method-assign]


@pytest.mark.proves("C5")
@pytest.mark.parametrize("spoil", [blind, empty, late, of_another_revision])
def test_without_telemetry_of_its_own_it_pauses(world: World, spoil: Callable[[World], None]) -> None:
    spoil(world)
    record = world.roll()
    assert record.state is State.PAUSED
    assert {verdict for _, _, verdict in verdicts(record)} == {"inconclusive"}


def test_a_log_that_is_late_is_waited_for(world: World) -> None:
    kept, silent = world.memory.requests, [3]

    def requests(service: str, since: datetime, until: datetime) -> Sequence[Request] | None:
        silent[0] -= 1
        return None if silent[0] >= 0 else kept(service, since, until)

    world.memory.requests = requests  # type: ignore[method-assign]
    record = Controller(world.means(source_s=10.0), *world.begin()).run()
    assert record.state is State.PROMOTED


def test_latency_is_judged_against_a_baseline_with_the_same_share_and_loosely_where_it_has_none(world: World) -> None:
    plan = world.plan(stages=(0, 5, 50, 100))
    assert [plan.limits_at(stage).latency_ratio for stage in range(4)] == [1.25, 1.25, 1.25, LOADED]
    assert plan.limits_at(3).error_margin == plan.limits.error_margin
