"""What keeps the retries in place of the emulator: each wait is longer, within what was declared."""

from datetime import timedelta

from google.pubsub_v1 import types

from tests.emulators.retries import Retries
from tests.service.toys import HandTimer

DECLARED = types.Subscription(
    name="kept",
    topic="news",
    retry_policy=types.RetryPolicy(minimum_backoff=timedelta(seconds=10), maximum_backoff=timedelta(seconds=15)),
    dead_letter_policy=types.DeadLetterPolicy(dead_letter_topic="news-dead", max_delivery_attempts=5),
)


def test_the_emulator_gets_neither_policy() -> None:
    retries = Retries()
    assert retries.keep(DECLARED) == types.Subscription(name="kept", topic="news")
    assert retries.declared("kept") == DECLARED


def test_a_refused_message_is_early_until_its_wait_is_over_and_no_other_is() -> None:
    timer = HandTimer()
    retries = Retries(timer)
    retries.keep(DECLARED)
    waits = []
    for _ in range(5):
        retries.refused("kept", "1")
        began = timer.seconds
        while retries.is_early("kept", "1"):
            timer.advance(0.5)
        waits.append(timer.seconds - began)
        retries.refused("not kept", "1")
        assert not retries.is_early("not kept", "1")
        assert not retries.is_early("kept", "2")
    assert waits == [0, 10, 13, 15, 15]
