"""The doorbell wakes a loop at once, and is never in the way."""

import asyncio
from pathlib import Path

import pytest

from propcast.backends.bus.alarm import Alarm
from propcast.backends.bus.bell import Listener, bell_of, ring
from propcast.core.clock import SystemClock

LONG_S = 60.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bus.sqlite"


def alarm(path: Path, poll_s: float = LONG_S) -> Alarm:
    return Alarm(path, lambda: 1, SystemClock(), poll_s)


def test_ringing_without_a_bell_or_a_listener_does_nothing(path: Path) -> None:
    ring(path)
    listener = Listener(path)
    listener.close()
    ring(path)


def test_a_full_bell_does_not_hold_up_the_ringer(path: Path) -> None:
    listener = Listener(path)
    for _ in range(20_000):
        ring(path)
    listener.heard()
    listener.close()


def test_a_ring_ends_a_wait_that_would_last(path: Path) -> None:
    async def scenario() -> None:
        waiting = alarm(path)
        await waiting.wait(None)  # the first wait finds the file changed
        with waiting.listening():
            task = asyncio.create_task(waiting.wait(None))
            await asyncio.sleep(0)
            ring(path)
            await asyncio.wait_for(task, 10)

    asyncio.run(scenario())


def test_a_ring_before_the_wait_is_not_lost_and_is_heard_once(path: Path) -> None:
    async def scenario() -> None:
        waiting = alarm(path)
        await waiting.wait(None)
        waiting.ring()
        await asyncio.wait_for(waiting.wait(None), 10)
        waiting.silence()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting.wait(None), 0.05)

    asyncio.run(scenario())


def test_where_no_bell_can_be_the_loop_polls(path: Path) -> None:
    bell_of(path).mkdir()
    commits = iter((1, 1, 1, 2))

    async def scenario() -> None:
        waiting = Alarm(path, lambda: next(commits), SystemClock(), 0.001)
        with waiting.listening():
            await waiting.wait(None)
            await asyncio.wait_for(waiting.wait(None), 10)

    asyncio.run(scenario())
    assert next(commits, None) is None


def test_only_the_owner_may_ring(path: Path) -> None:
    listener = Listener(path)
    assert bell_of(path).stat().st_mode & 0o777 == 0o600
    listener.close()
