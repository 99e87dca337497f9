"""What watches beside a controller: it outlives it, brings back what was abandoned, and ends by itself."""

import time
from pathlib import Path

import pytest

from propcast.delivery.judge.evidence import Verdict
from propcast.delivery.rollout import known
from propcast.delivery.rollout.standby import IDLE_LOOKS, NAME, Watcher, stand_by
from propcast.delivery.rollout.states import State
from propcast.delivery.rollout.watching import LEFT_FOR
from propcast.service.supervision.place import AlreadyUp, Place
from tests.delivery.rollout.world import STABLE, TTL, World, always, make_world

MANIFEST = Path(__file__).parents[3] / "deploy" / "propcast.toml"


def watcher(world: World) -> Watcher:
    return Watcher(world.state, "local", lambda _: world.means("watcher"), world.wait)


def held(place: Place) -> bool:
    """Whether somebody watches: the lock is let go at once, so that it is hardly ever in the way."""
    try:
        with place.claimed():
            return False
    except AlreadyUp:
        return True


@pytest.mark.proves("C9")
def test_a_rollout_that_nobody_resumes_is_back_after_five_minutes_and_the_watcher_ends(tmp_path: Path) -> None:
    world = make_world(tmp_path, always(Verdict.PASS))
    record, _ = world.begin()
    assert [told.split(": ")[1][:7] for told in watcher(world).watch(every_s=30.0)] == ["aborted"]
    assert known.rollout(world.state, record.plan.id).state is State.ABORTED
    assert world.weights() == {STABLE: 100}
    assert world.waited >= (LEFT_FOR + TTL).total_seconds()


def test_a_rollout_that_waits_for_people_needs_no_watcher(tmp_path: Path) -> None:
    world = make_world(tmp_path, always(Verdict.INCONCLUSIVE))
    record = world.roll()
    before = world.waited
    assert list(watcher(world).watch(every_s=30.0)) == []
    assert known.rollout(world.state, record.plan.id).state is State.PAUSED
    assert world.waited - before == IDLE_LOOKS * 30.0


def test_one_process_watches_a_home_and_ends_when_nothing_is_under_way(tmp_path: Path) -> None:
    place = Place(tmp_path, f"{NAME}-local")
    for _ in range(2):
        stand_by(tmp_path, "local", "", MANIFEST, every_s=0.5)
    until = time.monotonic() + 120
    for is_held in (True, False):
        while held(place) is not is_held:
            assert time.monotonic() < until, "it never watched" if is_held else "it never ended"
            time.sleep(0.1)
    assert (tmp_path / "logs" / f"{NAME}.log").read_text() == ""
