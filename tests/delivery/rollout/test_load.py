"""The load on an arm: a request waits for those before it, but not for ever, and none outlasts its window."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import aiohttp
import pytest

from propcast.delivery.rollout.load import AT_ONCE, Call, Load
from tests.delivery.rollout.test_asking import at_once

SECONDS = 600.0


@dataclass
class Arm:
    """Answers after so many seconds, and knows how many were waiting at most."""

    takes_s: float
    waiting: int = 0
    most: int = 0

    async def read(self) -> None:
        """Return the body of an answer."""

    @asynccontextmanager
    async def request(self, *_: object, **__: object) -> AsyncIterator["Arm"]:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await asyncio.sleep(self.takes_s)
            yield self
        finally:
            self.waiting -= 1


def loaded(arm: Arm, times: int, seconds: float = SECONDS) -> Load:
    """The load of so many requests, due one right after the other."""
    load = Load("http://arm", [Call("/health")], {})

    async def run() -> None:
        pace = at_once(asyncio.get_running_loop())
        await load.run(cast("aiohttp.ClientSession", arm), times / seconds, seconds, pace)

    asyncio.run(run())
    return load


def test_requests_do_not_queue_up_in_an_arm_that_answers() -> None:
    arm = Arm(0.005)
    load = loaded(arm, 40)
    assert (load.sent, load.answered, arm.most) == (40, 40, 1)


def test_an_arm_that_does_not_answer_is_still_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.delivery.rollout.load.HELD_UP_S", 0.001)
    arm = Arm(0.5)
    assert loaded(arm, 10).sent == arm.most == 10


def test_it_is_not_asked_more_than_it_may_owe_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.delivery.rollout.load.HELD_UP_S", 0.001)
    arm = Arm(1.0)
    assert loaded(arm, AT_ONCE + 20).sent == arm.most == AT_ONCE


def test_what_is_due_when_the_window_is_over_is_not_sent() -> None:
    arm = Arm(0.02)
    load = loaded(arm, 1000, seconds=0.1)
    assert 1 <= load.sent == load.answered <= 10
