"""Messages that a subscription gives up, and their second life."""

import pytest

from propcast.backends.bus.port import DEAD_SUBSCRIPTION, ORIGINAL_ID
from tests.backends.bus_conformance.receiver import Push, Reply
from tests.backends.bus_conformance.rig import (
    DEATHS,
    WORK,
    WORKER,
    Rig,
    declare_worker,
    numbers,
    publish,
    wait_for_empty,
)


def dead(rig: Rig, *given: int) -> list[str]:
    """Publish messages that nobody can handle and wait until they are given up."""
    declare_worker(rig)
    rig.receiver.answers(WORK, then=Reply(500, body=b"never"))
    ids = publish(rig, *given, sport="nba")
    rig.receiver.wait(DEATHS, len(given), within_s=rig.patience_s)
    return ids


@pytest.mark.proves("B6", "L30")
def test_after_its_last_delivery_a_message_goes_to_the_dead_letter_topic(rig: Rig) -> None:
    dead(rig, 7)
    wait_for_empty(rig)
    assert len(rig.receiver.pushes(WORK)) >= 5
    (death,) = rig.receiver.pushes(DEATHS)
    message = death.envelope.message
    assert message.data == {"n": 7}
    assert message.attributes["sport"] == "nba"
    assert message.attributes[DEAD_SUBSCRIPTION] == WORKER


@pytest.mark.proves("B7")
def test_a_message_that_dies_takes_no_other_with_it(rig: Rig) -> None:
    declare_worker(rig)
    poison = 13

    def handle(push: Push) -> Reply:
        return Reply(500 if push.envelope.message.data["n"] == poison else 204)

    rig.receiver.handles(WORK, handle)
    publish(rig, *range(40))
    rig.receiver.wait(DEATHS, 1, within_s=rig.patience_s)
    wait_for_empty(rig)
    assert set(numbers(rig)) == set(range(40))
    assert numbers(rig, DEATHS) == [poison]


def test_dead_letters_are_listed_with_what_they_were(rig: Rig) -> None:
    ids = dead(rig, 1, 2, 3)
    letters = rig.bus.dead_letters(WORKER, 10)
    assert sorted(letter.message.id for letter in letters) == sorted(ids)
    assert all(letter.message.attributes["sport"] == "nba" for letter in letters)
    assert all(letter.deliveries >= 5 for letter in letters)
    assert len(rig.bus.dead_letters(WORKER, 2)) == 2
    assert rig.bus.backlog(WORKER).dead_letters == 3


def test_a_replay_comes_again_under_its_first_id_and_only_once(rig: Rig) -> None:
    first, second = dead(rig, 1, 2)
    rig.receiver.answers(WORK, then=204)
    tried = len(rig.receiver.pushes(WORK))
    assert rig.bus.replay(WORKER, [first, "no-such-id"]) == 1
    push = rig.receiver.wait(WORK, tried + 1, within_s=rig.patience_s)[-1]
    wait_for_empty(rig)
    assert push.id != first
    assert push.envelope.message.key == push.envelope.message.attributes[ORIGINAL_ID] == first
    assert (push.envelope.message.data, push.envelope.delivery_attempt) == ({"n": 1}, 1)
    assert rig.bus.replay(WORKER, [first]) == 0
    assert [letter.message.id for letter in rig.bus.dead_letters(WORKER, 10)] == [second]


def test_a_replay_that_dies_again_keeps_its_first_id(rig: Rig) -> None:
    (first,) = dead(rig, 1)
    assert rig.bus.replay(WORKER, [first]) == 1
    death = rig.receiver.wait(DEATHS, 2, within_s=rig.patience_s)[-1]
    (letter,) = rig.bus.dead_letters(WORKER, 10)
    assert letter.message.key == death.envelope.message.key == first != letter.message.id
    rig.receiver.answers(WORK, then=204)
    assert rig.bus.replay(WORKER, [letter.message.id]) == 1
    wait_for_empty(rig)
    assert rig.receiver.pushes(WORK)[-1].envelope.message.key == first
