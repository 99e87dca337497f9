"""What becomes of a claim after an answer, and what the lane learns from it."""

import pytest

from propcast.backends.bus.answers import Answer
from propcast.backends.bus.desk import Acknowledged, GivenUp, Returned
from propcast.backends.bus.instants import SECOND
from propcast.backends.bus.lanes import Lane
from propcast.backends.bus.outcomes import Outcomes
from propcast.backends.bus.port import Subscription
from propcast.backends.bus.queue import Claim, Place
from propcast.backends.bus.times import BusTimes
from tests.backends.bus.conftest import seeded

NOW = 1_000_000 * SECOND
DOWN = Answer(None, "not reached", connected=False)


@pytest.fixture
def lane() -> Lane:
    return Lane(Subscription("s", "t", "http://s", "http://s", concurrency=4))


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes(seeded(3), BusTimes())


def tried(charged: int = 0, uncharged: int = 0) -> Claim:
    return Claim(Place(1, "s"), "holder", charged, uncharged, "{}", {}, NOW)


def test_success_ends_the_claim(outcomes: Outcomes, lane: Lane) -> None:
    assert outcomes.end(lane, tried(7, 9), Answer(204), NOW) == Acknowledged(tried(7, 9))


@pytest.mark.proves("B6", "L30")
def test_the_eighth_charged_delivery_is_the_last(outcomes: Outcomes, lane: Lane) -> None:
    failed = Answer(500, "500 boom")
    ends = [outcomes.end(lane, tried(charged), failed, NOW) for charged in range(8)]
    assert [type(end) for end in ends] == [Returned] * 7 + [GivenUp]
    assert ends[-1] == GivenUp(tried(7), "500 boom")


@pytest.mark.proves("B6")
@pytest.mark.parametrize("answer", [Answer(429, "429"), Answer(401, "401"), Answer(403, "403"), DOWN])
def test_what_is_not_charged_never_gives_up(outcomes: Outcomes, lane: Lane, answer: Answer) -> None:
    end = outcomes.end(lane, tried(charged=7, uncharged=1000), answer, NOW)
    assert isinstance(end, Returned)
    assert not end.to.charged
    assert 0 <= end.to.available_at - NOW <= 30 * SECOND


def test_the_wait_doubles_up_to_the_subscriptions_bound(lane: Lane) -> None:
    outcomes = Outcomes(seeded(4), BusTimes())
    longest = [0] * 7
    for _ in range(400):
        for charged in range(7):
            end = outcomes.end(lane, tried(charged), Answer(503), NOW)
            assert isinstance(end, Returned)
            longest[charged] = max(longest[charged], end.to.available_at - NOW)
    bounds = [10, 20, 40, 80, 160, 320, 600]
    assert all(0.97 * bound < wait / SECOND <= bound for wait, bound in zip(longest, bounds, strict=True))


@pytest.mark.parametrize("status", [429, 503])
def test_the_service_is_not_asked_before_the_time_it_named(outcomes: Outcomes, lane: Lane, status: int) -> None:
    end = outcomes.end(lane, tried(), Answer(status, retry_after_s=120), NOW)
    assert isinstance(end, Returned)
    assert end.to.available_at == NOW + 120 * SECOND
    far = outcomes.end(lane, tried(), Answer(status, retry_after_s=1e9), NOW)
    assert isinstance(far, Returned)
    assert far.to.available_at == NOW + 600 * SECOND


def test_a_missing_service_rests_its_lane_and_one_push_asks_again(outcomes: Outcomes, lane: Lane) -> None:
    assert lane.room(NOW) == 4
    end = outcomes.end(lane, tried(), DOWN, NOW)
    assert isinstance(end, Returned)
    assert lane.room(NOW) == 0 or lane.rests_until == NOW
    assert end.to.available_at == NOW
    assert lane.room(lane.rests_until) == 1
    outcomes.end(lane, tried(), Answer(500), lane.rests_until)
    assert lane.room(lane.rests_until) == 4


def test_rests_grow_by_outage_not_by_how_many_pushes_missed(lane: Lane) -> None:
    for _ in range(4):
        lane.missed(NOW, SECOND)
    assert (lane.misses, lane.rests_until) == (1, NOW + SECOND)
    lane.missed(NOW + SECOND, SECOND)
    assert lane.misses == 2


def test_a_lane_has_room_for_no_more_than_its_concurrency(lane: Lane) -> None:
    lane.running = 3
    assert lane.room(NOW) == 1
    lane.running = 6  # the declaration was lowered
    assert lane.room(NOW) == 0
