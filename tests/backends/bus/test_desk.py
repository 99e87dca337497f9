"""The queue in the file, seen by deliverers: order, claims, deadlines, pauses. Time stands still unless it is moved."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from propcast.backends.bus.desk import Acknowledged, Desk, GivenUp, Returned
from propcast.backends.bus.instants import SECOND, micros
from propcast.backends.bus.port import DEAD_DELIVERIES, DEAD_REASON, DEADLINE, ORIGINAL_ID, Subscription
from propcast.backends.bus.queue import Claim, Return
from propcast.backends.bus.sqlite import SqliteBus
from propcast.backends.bus.times import BusTimes
from propcast.core.clock import FixedClock
from propcast.core.errors import InputError

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
A = Subscription("a", "t", "http://a", "http://a", dead_letter_topic="dead")
DEAD = Subscription("dead", "dead", "http://d", "http://d")


class Site:
    """A bus file and a clock for everybody."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOON)
        self.path = folder / "bus.sqlite"
        self.bus = SqliteBus(self.path, self.clock)
        self.bus.ensure(["t", "dead"], [A, DEAD])

    def desk(self, holder: str = "one") -> Desk:
        return Desk(self.path, holder, self.clock, BusTimes())

    def publish(self, *numbers: int, **attributes: str) -> list[str]:
        return self.bus.publish("t", [({"n": n}, attributes) for n in numbers])

    def later(self, seconds: float) -> int:
        self.clock.instant += timedelta(seconds=seconds)
        return micros(self.clock.instant)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def take(desk: Desk, limit: int = 10, held: Sequence[Claim] = (), name: str = "a") -> list[Claim]:
    return list(desk.visit([], held, {name: limit}).claims)


def texts(claims: Sequence[Claim]) -> list[str]:
    return [claim.data for claim in claims]


def test_messages_come_in_the_order_in_which_they_became_available(site: Site) -> None:
    desk = site.desk()
    site.publish(1)
    site.later(1)
    site.publish(2)
    (first,) = take(desk, 1)
    at = site.later(1)
    desk.visit([Returned(first, Return(at, "503", charged=True))], [], {})
    site.publish(3)
    assert texts(take(desk)) == ['{"n":2}', '{"n":1}', '{"n":3}']


def test_a_message_is_not_handed_out_before_its_time_and_the_desk_says_when(site: Site) -> None:
    desk = site.desk()
    site.publish(1)
    claims = take(desk)
    at = site.later(0)
    handout = desk.visit([Returned(claims[0], Return(at + 5 * SECOND))], [], {"a": 1})
    assert (handout.claims, handout.next_at) == ([], at + 5 * SECOND)
    site.later(4.9)
    assert take(desk) == []
    site.later(0.1)
    assert len(take(desk)) == 1


def test_nobody_else_gets_a_claimed_message_while_it_is_renewed(site: Site) -> None:
    one, two = site.desk("one"), site.desk("two")
    site.publish(1)
    claims = take(one)
    for _ in range(10):
        site.later(14)
        assert take(one, held=claims) == []
        assert take(two) == []


@pytest.mark.proves("B1")
def test_the_claims_of_a_deliverer_that_died_come_back_uncharged(site: Site) -> None:
    site.publish(1, 2)
    take(site.desk("dead"))
    two = site.desk("two")
    site.later(14.9)
    assert take(two) == []
    site.later(0.2)
    assert [(claim.charged, claim.uncharged) for claim in take(two)] == [(0, 0), (0, 0)]


def test_a_deliverer_that_froze_changes_nothing_but_what_was_done(site: Site) -> None:
    frozen, next_one = site.desk("frozen"), site.desk("next")
    site.publish(1, 2, 3)
    old = take(frozen)
    at = site.later(16)
    new = take(next_one)
    assert texts(new) == texts(old)
    frozen.visit([Returned(old[0], Return(at, "late", charged=True)), GivenUp(old[1], "late")], [], {})
    frozen.visit([Acknowledged(old[2])], [], {})
    assert take(site.desk("third")) == []
    assert site.bus.dead_letters("a", 10) == []
    next_one.visit([Acknowledged(claim) for claim in new], [], {})
    assert site.bus.backlog("a").messages == 0


def test_released_claims_are_available_at_once_as_they_were(site: Site) -> None:
    desk = site.desk()
    site.publish(1)
    desk.release([], take(desk))
    assert [(claim.charged, claim.uncharged) for claim in take(site.desk("two"))] == [(0, 0)]


@pytest.mark.proves("B6")
def test_past_its_deadline_a_message_is_dead_not_delivered(site: Site) -> None:
    desk = site.desk()
    (published,) = site.publish(1, **{DEADLINE: (NOON + timedelta(seconds=60)).isoformat()})
    (claim,) = take(desk)
    at = site.later(50)
    desk.visit([Returned(claim, Return(at + 300 * SECOND, "503 busy", charged=True))], [], {})
    handout = desk.visit([], [], {"a": 1})
    assert handout.next_at is not None
    assert handout.next_at - at <= SECOND
    site.later(11)
    assert take(desk) == []
    (letter,) = site.bus.dead_letters("a", 10)
    assert (letter.message.id, letter.deliveries) == (published, 1)
    assert letter.reason == "deadline passed; last error: 503 busy"
    (told,) = take(desk, name="dead")
    assert told.attributes == {
        ORIGINAL_ID: published,
        DEAD_REASON: letter.reason,
        DEAD_DELIVERIES: "1",
        "CloudPubSubDeadLetterSourceSubscription": "a",
    }


def test_a_push_that_runs_over_the_deadline_may_still_succeed(site: Site) -> None:
    desk = site.desk()
    site.publish(1, **{DEADLINE: (NOON + timedelta(seconds=1)).isoformat()})
    claims = take(desk)
    site.later(5)
    desk.visit([], claims, {"a": 1})
    desk.visit([Acknowledged(claims[0])], [], {"a": 1})
    assert site.bus.dead_letters("a", 10) == []


def test_a_replay_drops_a_deadline_that_has_passed_and_keeps_one_to_come(site: Site) -> None:
    desk = site.desk()
    soon, far = NOON + timedelta(seconds=1), NOON + timedelta(hours=1)
    site.publish(1, **{DEADLINE: soon.isoformat()})
    site.publish(2, **{DEADLINE: far.isoformat()})
    desk.visit([GivenUp(claim, "500") for claim in take(desk)], [], {})
    site.later(60)
    letters = site.bus.dead_letters("a", 10)
    assert site.bus.replay("a", [letter.message.id for letter in letters]) == 2
    assert [claim.attributes.get(DEADLINE) for claim in take(desk)] == [None, far.isoformat()]


@pytest.mark.parametrize("text", ["soon", "", "2026-11-25T12:00:00", "1764072000"])
def test_a_deadline_that_is_no_instant_fails_its_whole_publication(site: Site, text: str) -> None:
    with pytest.raises(InputError):
        site.bus.publish("t", [({"n": 1}, {}), ({"n": 2}, {DEADLINE: text})])
    assert site.bus.backlog("a").messages == 0
    assert site.publish(3)


def test_a_paused_subscription_hands_out_nothing_and_lets_nothing_die(site: Site) -> None:
    desk = site.desk()
    site.publish(1, **{DEADLINE: (NOON + timedelta(seconds=1)).isoformat()})
    site.publish(2)
    site.bus.pause("a")
    site.later(100)
    handout = desk.visit([], [], {"a": 10})
    assert (handout.claims, [each.name for each in handout.subscriptions]) == ([], ["dead"])
    assert (site.bus.backlog("a").messages, site.bus.backlog("a").dead_letters) == (2, 0)
    site.bus.resume("a")
    assert texts(take(desk)) == ['{"n":2}']


def test_one_subscription_takes_no_room_from_another(site: Site) -> None:
    site.bus.ensure([], [replace(A, name="b")])
    desk = site.desk()
    site.publish(*range(100))
    claims = desk.visit([], [], {"a": 3, "b": 2}).claims
    assert [claim.place.subscription for claim in claims] == ["a"] * 3 + ["b"] * 2


def test_nothing_is_kept_of_what_everybody_acknowledged(site: Site) -> None:
    site.bus.ensure([], [replace(A, name="b")])
    desk = site.desk()
    site.publish(*range(5))
    ends = [Acknowledged(claim) for claim in desk.visit([], [], {"a": 9, "b": 9}).claims]
    desk.visit(ends[:5], [], {})
    with site.bus._file.reading() as connection:
        count = "SELECT count(*) FROM messages"
        assert connection.execute(count).fetchone()[0] == 5
        desk.visit(ends[5:], [], {})
        site.bus.publish("dead", [])
        assert connection.execute(count).fetchone()[0] == 0


def test_nothing_is_kept_of_what_nobody_wants(site: Site) -> None:
    site.bus.ensure(["unheard"], [])
    ids = site.bus.publish("unheard", [({"n": 1}, {}), ({"n": 2}, {})])
    with site.bus._file.reading() as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone()[0] == 0
    assert not set(ids) & set(site.publish(3))


def test_ids_are_never_those_of_another_file(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other")
    assert not set(site.publish(*range(5))) & set(other.publish(*range(5)))
    assert other.bus.replay("a", site.publish(6)) == 0
