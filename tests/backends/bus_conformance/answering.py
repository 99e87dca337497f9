"""The HTTP answer decides what becomes of a message."""

from collections import Counter

import pytest

from tests.backends.bus_conformance.receiver import Push, Reply
from tests.backends.bus_conformance.rig import (
    WORK,
    Rig,
    declare,
    declare_worker,
    numbers,
    publish,
    subscription,
    wait_for_empty,
)


@pytest.mark.proves("B6")
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_an_acknowledged_message_is_gone(rig: Rig, status: int) -> None:
    declare_worker(rig)
    rig.receiver.answers(WORK, then=status)
    publish(rig, 1)
    rig.receiver.wait(WORK, 1, within_s=rig.patience_s)
    wait_for_empty(rig)
    publish(rig, 2)
    rig.receiver.wait(WORK, 2, within_s=rig.patience_s)
    wait_for_empty(rig)
    assert numbers(rig) == [1, 2]


@pytest.mark.proves("B6")
@pytest.mark.parametrize("status", [500, 503, 429, 401, 404, 302])
def test_any_other_answer_brings_the_message_again(rig: Rig, status: int) -> None:
    declare_worker(rig)
    rig.receiver.answers(WORK, status, Reply(status, body=b"not now"))
    (published,) = publish(rig, 1)
    pushes = rig.receiver.wait(WORK, 3, within_s=rig.patience_s)
    wait_for_empty(rig)
    assert [(push.id, push.envelope.message.data) for push in pushes] == [(published, {"n": 1})] * 3
    assert rig.bus.dead_letters("worker-predict", 10) == []


def test_a_delivery_says_which_attempt_it_is_or_nothing(rig: Rig) -> None:
    declare_worker(rig)
    rig.receiver.answers(WORK, 500, 500)
    publish(rig, 1)
    attempts = [push.envelope.delivery_attempt for push in rig.receiver.wait(WORK, 3, within_s=rig.patience_s)]
    assert attempts in ([1, 2, 3], [None] * 3)


def test_a_service_that_was_away_gets_everything_after(rig: Rig) -> None:
    declare_worker(rig)
    publish(rig, 0)
    rig.receiver.wait(WORK, 1, within_s=rig.patience_s)
    rig.receiver.stop()
    publish(rig, *range(1, 20))
    rig.receiver.start()
    wait_for_empty(rig)
    assert set(numbers(rig)) == set(range(20))
    assert rig.bus.dead_letters("worker-predict", 10) == []


@pytest.mark.proves("B7")
def test_through_a_storm_every_message_arrives(rig: Rig) -> None:
    declare(rig, subscription(rig, "flaky", "/flaky", max_deliveries=100), subscription(rig, "calm", "/calm"))
    tries: Counter[str] = Counter()

    def flaky(push: Push) -> Reply:
        tries[push.id] += 1
        return Reply((204, 500, 429)[(int(str(push.envelope.message.data["n"])) + tries[push.id]) % 3])

    rig.receiver.handles("/flaky", flaky)
    publish(rig, *range(rig.storm))
    wait_for_empty(rig, "calm")
    wait_for_empty(rig, "flaky")
    assert set(numbers(rig, "/flaky")) == set(numbers(rig, "/calm")) == set(range(rig.storm))
