"""Pushes carry a token that is valid whenever they arrive."""

import asyncio
from datetime import UTC, datetime, timedelta

from propcast.backends.bus.port import Subscription
from propcast.backends.bus.push import Pusher
from propcast.backends.bus.queue import Claim, Place
from propcast.backends.bus.times import BusTimes
from propcast.backends.bus.tokens import verify
from propcast.core.clock import FixedClock
from tests.backends.bus.conftest import KEY
from tests.backends.bus_conformance.receiver import Receiver

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
CLAIM = Claim(Place(7, "s"), "holder", 2, 3, '{"n":1}', {"sport": "nba"}, 0)


def pushed(receiver: Receiver, clock: FixedClock, *seconds: float) -> list[str]:
    """Push once after each number of seconds; return the tokens that arrived."""
    subscription = Subscription("s", "t", f"{receiver.url}/s", "http://s")

    async def scenario() -> None:
        async with Pusher(KEY, "abc-", clock, BusTimes()) as pusher:
            for after in seconds:
                clock.instant = NOON + timedelta(seconds=after)
                assert (await pusher.push(subscription, CLAIM)).verdict == "acknowledged"

    asyncio.run(scenario())
    return [push.headers["Authorization"].removeprefix("Bearer ") for push in receiver.pushes("/s")]


def test_a_token_is_used_again_while_it_is_young_and_never_when_it_is_not(receiver: Receiver) -> None:
    instants = (0, 59, 60, 500, 400)
    tokens = pushed(receiver, FixedClock(NOON), *instants)
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 4
    for token, after in zip(tokens, instants, strict=True):
        assert verify(token, [KEY], "http://s", NOON + timedelta(seconds=after), skew_s=0)


def test_the_envelope_tells_the_message_and_the_attempt(receiver: Receiver) -> None:
    pushed(receiver, FixedClock(NOON), 0)
    (push,) = receiver.pushes("/s")
    assert (push.id, push.envelope.delivery_attempt, push.envelope.subscription) == ("abc-7", 6, "s")
    assert push.envelope.message.attributes == {"sport": "nba"}


def test_a_service_that_is_not_there_is_not_reached(receiver: Receiver) -> None:
    receiver.stop()

    async def scenario() -> str:
        async with Pusher(KEY, "abc-", FixedClock(NOON), BusTimes()) as pusher:
            answer = await pusher.push(Subscription("s", "t", receiver.url, "http://s"), CLAIM)
        assert answer.status is None
        return answer.verdict

    assert asyncio.run(scenario()) == "not_reached"
    receiver.start()
