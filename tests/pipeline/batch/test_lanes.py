"""The document that opens a lane: believed while whoever put it there is at work, and nothing else is a lane."""

import pytest

from propcast.backends.state import leases
from propcast.backends.state.port import Body
from propcast.core.sport import Sport
from propcast.pipeline.batch import lanes
from tests.pipeline.batch.sampled import RESOURCE, REVISION, ROLLOUT, for_canary, open_lane
from tests.pipeline.batch.slates import Pair


def unreadable(pair: Pair, body: Body) -> None:
    pair.backends.state.transact(lambda tx: tx.put(lanes.LANES, "mlb", body))


SOUND: Body = {"sport": "mlb", "rollout": ROLLOUT, "revision": REVISION, "percent": 50, "resource": RESOURCE,
               "token": 1, "since": "2025-07-02T00:00:00.000000+00:00"}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": 0}, {"percent": 100}, {"percent": "50"}, {"percent": True}, {"percent": None}, {"sport": "chess"},
        {"revision": ""}, {"revision": None}, {"resource": ["a"]}, {"since": 5}, {"since": "noon"}, {"token": 2},
        {"token": "1"}, {"resource": "rollout/local/somebody-else"},
    ],
    ids=str,
)  # fmt: skip
def test_a_lane_that_cannot_be_believed_is_none(pair: Pair, wrong: Body) -> None:
    open_lane(pair)
    unreadable(pair, {**SOUND, **wrong})
    pair.begun()
    assert for_canary(pair) == []


@pytest.mark.parametrize("missing", sorted(SOUND))
def test_a_lane_that_lacks_something_is_none(pair: Pair, missing: str) -> None:
    open_lane(pair)
    unreadable(pair, {name: value for name, value in SOUND.items() if name != missing})
    pair.begun()
    assert for_canary(pair) == []


def test_a_lane_is_a_lane_as_it_is_written_above(pair: Pair) -> None:
    open_lane(pair)
    unreadable(pair, SOUND)
    pair.begun()
    assert len(for_canary(pair)) == 1


def test_a_lane_ends_with_the_lease_of_its_controller(pair: Pair) -> None:
    lease = open_lane(pair)
    leases.release(pair.backends.state, lease)
    pair.begun()
    assert for_canary(pair) == []


def test_a_controller_that_was_frozen_has_no_lane_any_more(pair: Pair) -> None:
    open_lane(pair)
    pair.pass_time(hours=1)
    pair.begun()
    assert for_canary(pair) == []


def test_a_successor_ends_the_lane_of_the_one_before(pair: Pair) -> None:
    leases.release(pair.backends.state, open_lane(pair))
    assert leases.acquire(pair.backends.state, RESOURCE, "next", pair.rules.times.lease)
    pair.begun()
    assert for_canary(pair) == []


def test_the_lane_of_one_sport_is_not_that_of_another(pair: Pair) -> None:
    open_lane(pair)
    pair.backends.state.transact(lambda tx: lanes.remove(tx, Sport.NBA))
    pair.begun()
    assert len(for_canary(pair)) == 1
