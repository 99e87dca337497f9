"""A rollout whose canary is tried on shards: no traffic before the last stage, and a lane that follows the record."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from propcast.backends.state.port import State
from propcast.core.sport import Sport
from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.judge.judging import judge
from propcast.delivery.pairs.pairing import Pairs
from propcast.delivery.rollout import filing, known
from propcast.delivery.rollout.controller import Controller
from propcast.delivery.rollout.planning import is_sampled
from propcast.delivery.rollout.rehearsing import calls
from propcast.delivery.rollout.states import State as Stand
from propcast.delivery.targets.memory import MemoryTarget
from propcast.delivery.targets.port import Wanted
from propcast.pipeline.batch import lanes
from propcast.pipeline.batch.lanes import Lane
from tests.delivery.rollout.mortal import Fate, Killed, doomed, raising
from tests.delivery.rollout.world import LAID, NEW, SERVICE, STABLE, TTL, World, always, make_world, verdicts

EQUAL = {"rows": 100.0}
SAME = Pairs(EQUAL, EQUAL)


@pytest.fixture
def sampled(tmp_path: Path) -> World:
    """A world whose coordinator can be told to sample."""
    return sampling(make_world(tmp_path, judge), lambda: Pairs())


def sampling(world: World, found: Callable[[], Pairs]) -> World:
    world.pairs = lambda plan: found()
    return world


def active(state: State) -> Lane | None:
    return state.transact(lambda tx: lanes.active(tx, Sport.NBA))


def seen_by(world: World) -> list[tuple[int, int]]:
    """The share of the lane and the highest share of the traffic beside `STABLE`, whenever somebody looks."""
    seen = list[tuple[int, int]]()

    def look() -> None:
        lane, shares = active(world.state), world.weights()
        told = (
            lane.percent if lane else 0,
            max([share for name, share in shares.items() if name != STABLE], default=0),
        )
        if seen[-1:] != [told]:
            seen.append(told)

    world.during = look
    return seen


@pytest.mark.proves("C2")
def test_before_the_last_stage_the_canary_gets_shards_and_nobodys_requests(sampled: World) -> None:
    seen = seen_by(sampled)
    record = sampled.roll()
    assert record.state is Stand.PROMOTED
    assert seen == [(0, 0), (5, 0), (50, 0), (0, 100)]
    assert active(sampled.state) is None


def test_the_lane_names_the_canary_and_stands_under_the_lease_of_its_controller(sampled: World) -> None:
    found = list[Lane]()
    sampled.during = lambda: found.extend(each for each in [active(sampled.state)] if each)
    record = sampled.roll()
    assert {(lane.rollout, lane.revision) for lane in found} == {(record.plan.id, record.plan.canary.name)}
    assert len({lane.since for lane in found}) == 2
    assert {lane.token for lane in found} == {record.token}


@pytest.mark.parametrize(
    ("verdict", "pairs", "told"),
    [
        (Stand.ABORTED, Pairs({"rows": 99.0}, EQUAL), "fail"),
        (Stand.ABORTED, Pairs({"rows": 99.0}, EQUAL, awaited=3), "fail"),
        (Stand.PAUSED, Pairs(EQUAL, EQUAL, awaited=1), "inconclusive"),
        (Stand.PAUSED, Pairs(awaited=1), "inconclusive"),
        (Stand.PROMOTED, SAME, "pass"),
        (Stand.PROMOTED, Pairs(), "pass"),
    ],
)
def test_pairs_decide_from_the_first_share_on(sampled: World, verdict: Stand, pairs: Pairs, told: str) -> None:
    record = sampling(sampled, lambda: pairs).roll()
    assert record.state is verdict
    first = next((share, word) for share, _, word in verdicts(record) if share)
    assert first == (5, told)
    assert active(sampled.state) is None


def test_a_pair_that_is_on_its_way_is_waited_for(sampled: World) -> None:
    looks = iter([Pairs(awaited=1)] * 5)
    record = sampling(sampled, lambda: next(looks, SAME)).roll()
    assert record.state is Stand.PROMOTED
    assert [word for _, _, word in verdicts(record)] == ["pass"] * 4
    assert sampled.waited >= 5


def test_a_paused_rollout_has_no_lane_until_it_goes_on(sampled: World) -> None:
    sampling(sampled, lambda: Pairs(awaited=1))
    paused = sampled.roll()
    assert (paused.position, active(sampled.state)) == ("paused", None)
    sampling(sampled, lambda: SAME)
    seen = seen_by(sampled)
    taken = filing.take_up(sampled.state, paused.plan.id, "controller-2", TTL)
    assert Controller(sampled.means("controller-2"), *taken).run().state is Stand.PROMOTED
    assert seen[0] == (5, 0)


def test_a_controller_that_is_gone_takes_its_lane_along(sampled: World) -> None:
    seen = list[Lane | None]()

    def go() -> None:
        if active(sampled.state) is not None:
            sampled.clock.instant += TTL
            seen.append(active(sampled.state))
            raise Killed

    sampled.during = go
    with pytest.raises(Killed):
        sampled.roll()
    assert seen == [None]
    assert lanes.find(sampled.state, Sport.NBA) is not None


@pytest.mark.proves("C9")
def test_killed_at_any_instant_a_lane_is_never_there_without_its_stage(tmp_path: Path) -> None:
    seen, instant, ended = set[int](), 0, False
    while not ended:
        instant += 1
        folder = tmp_path / str(instant)
        folder.mkdir()
        world = sampling(make_world(folder, always(Verdict.PASS)), lambda: SAME)
        ended = lived(world, instant)
        lane = active(world.state)
        if lane is not None:
            (record,) = known.under_way(world.state, "local", SERVICE)
            assert lane.percent == record.plan.stages[record.stage]
            assert record.position.startswith(f"stage {lane.percent} %")
            seen.add(lane.percent)
    assert seen == {5, 50}


def lived(world: World, instant: int) -> bool:
    """Roll out until an instant; tell whether the end came before it."""
    try:
        doomed(world, Fate(instant, raising)).roll(monitoring_s=10.0)
    except Killed:
        return False
    return True


def test_a_first_release_has_nothing_beside_it_and_goes_by_traffic(tmp_path: Path) -> None:
    world = sampling(make_world(tmp_path, judge), lambda: SAME)
    assert world.plan().sampled
    first = MemoryTarget(world.clock, {NEW: SERVICE})
    first.stage(Wanted(SERVICE, "whatever", "", NEW), create=True)
    assert not replace(world, target=first, memory=first).plan().sampled


@pytest.mark.parametrize("service", sorted(LAID.services))
def test_forecasters_alone_are_sampled(service: str) -> None:
    strategy = LAID.services[service].rollout.strategy
    assert is_sampled(service, strategy) is service.endswith("prediction-worker")
    assert not is_sampled(service, "percentage")


def test_a_rehearsal_says_what_the_canary_will_get(sampled: World) -> None:
    told = list(calls(sampled.plan()))
    assert sum("of the shards of every batch" in call for call in told) == 2
    assert sum(call.startswith("set weights") for call in told) == 1
