"""A controller that is killed anywhere leaves what can be gone on with, or back from: one state, on record."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.rollout import filing, ledger
from propcast.delivery.rollout.controller import Controller
from propcast.delivery.rollout.ledger import Kind, Outcome
from propcast.delivery.rollout.record import Record, State
from propcast.delivery.rollout.watching import LEFT_FOR, watch_over
from tests.delivery.rollout.mortal import Fate, Killed, doomed, left_in, raising
from tests.delivery.rollout.world import SERVICE, STABLE, TTL, World, always, make_world, with_traffic

ENDS = {Verdict.PASS: State.PROMOTED, Verdict.FAIL: State.ABORTED, Verdict.INCONCLUSIVE: State.PAUSED}
Rescue = Callable[[World], None]


def resume(world: World) -> None:
    """Somebody takes it up as soon as the lease of the dead one has ended; where nothing was begun, from the start."""
    world.clock.instant += TTL
    for record in filing.under_way(world.state, "local", SERVICE):
        if record.state is not State.PAUSED:
            Controller(world.means("controller-2"), *filing.take_up(world.state, record.plan.id, "controller-2")).run()
    if not rows(world):
        world.roll()


def leave_to_the_watcher(world: World) -> None:
    world.clock.instant += TTL + LEFT_FOR
    look(world)


def look(world: World) -> list[Record]:
    return list(watch_over(world.state, "local", lambda _: world.means("watcher"), world.clock.now()))


def rows(world: World) -> list[ledger.Deployment]:
    found = ledger.deployments(world.state, service=SERVICE, kind=Kind.ROLLOUT)
    return [row for row in found if row.who == "ana" and row.previous and row.previous.revision]


def check(world: World, allowed: set[State]) -> None:
    """One recorded state, the traffic as it says, and one ledger row that says the same."""
    (row,) = rows(world)
    record = filing.rollout(world.state, row.id)
    assert record.state in allowed
    assert world.weights() == dict(expected(record))
    outcomes = {State.PROMOTED: Outcome.PROMOTED, State.ABORTED: Outcome.ABORTED, State.PAUSED: None}
    assert row.outcome is outcomes[record.state]
    assert row.windows == (record.windows if record.over else ())
    names = {revision.name for revision in world.target.revisions(SERVICE)}
    arms = {record.plan.canary.name, record.plan.baseline.name}
    kept = {State.PROMOTED: {record.plan.canary.name}, State.ABORTED: set[str](), State.PAUSED: arms}
    assert names == {STABLE} | kept[record.state]
    assert all(share <= record.plan.stages[-1] for share in world.highest.values())


def expected(record: Record) -> dict[str, int]:
    if record.state is State.PROMOTED:
        return {record.plan.canary.name: 100}
    return dict(record.plan.stable.weights if record.state is State.ABORTED else record.weights)


@pytest.mark.proves("C9", "D6")
@pytest.mark.parametrize("rescue", [resume, leave_to_the_watcher])
@pytest.mark.parametrize("verdict", Verdict)
def test_killed_at_any_instant_it_is_resumed_or_rolled_back(
    tmp_path: Path, verdict: Verdict, rescue: Rescue, record_property: Callable[[str, object], None]
) -> None:
    instant = 0
    while True:
        instant += 1
        folder = tmp_path / str(instant)
        folder.mkdir()
        world = make_world(folder, with_traffic(verdict))
        try:
            doomed(world, Fate(instant, raising)).roll(stages=(0, 5, 100), monitoring_s=20.0)
        except Killed:
            rescue(world)
        else:
            break
        if rescue is leave_to_the_watcher and not rows(world):
            assert world.weights() == {STABLE: 100}
            continue
        check(world, {ENDS[verdict], State.ABORTED} if rescue is leave_to_the_watcher else {ENDS[verdict]})
    assert instant > 30
    record_property("told", f"C9: {verdict}, {rescue.__name__}: {instant - 1} instants")


@pytest.mark.proves("C9", "D6")
@pytest.mark.parametrize("verdict", Verdict)
def test_a_process_killed_for_real_leaves_the_same(
    tmp_path: Path, verdict: Verdict, record_property: Callable[[str, object], None]
) -> None:
    program = [sys.executable, "-m", "tests.delivery.rollout.mortal", str(tmp_path), verdict.value, "1", "3"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=240, check=True)  # noqa: S603
    killed = int(done.stdout)
    assert killed > 10
    for number in range(killed):
        world = left_in(tmp_path / str(1 + 3 * number), verdict)
        rescue = leave_to_the_watcher if number % 2 else resume
        rescue(world)
        if rows(world):
            check(world, {ENDS[verdict], State.ABORTED} if number % 2 else {ENDS[verdict]})
    record_property("told", f"C9: {verdict}, {killed} processes killed")


@pytest.mark.proves("C9")
def test_a_paused_rollout_waits_however_long_it_takes(tmp_path: Path) -> None:
    world = make_world(tmp_path, always(Verdict.INCONCLUSIVE))
    before = world.roll()
    world.clock.instant += timedelta(days=3)
    assert look(world) == []
    assert filing.rollout(world.state, before.plan.id).state is State.PAUSED


def test_whoever_is_at_work_is_left_alone(tmp_path: Path) -> None:
    world = make_world(tmp_path, always(Verdict.PASS))
    world.begin()
    world.clock.instant += TTL + LEFT_FOR - timedelta(seconds=1)
    assert look(world) == []
