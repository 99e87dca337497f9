"""One run for a herd, and its result for those who come soon after."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from propcast.core.clock import FixedClock
from propcast.service.health.board import Board, Surroundings
from propcast.service.health.checks import Check, Wiring
from propcast.service.health.telling import Audience
from propcast.service.health.times import LOCAL_TIMES
from propcast.service.health.window import Window
from propcast.service.identity import identify
from tests.service.toys import NOW, HandTimer

HERD = 200
NAMES = "abcdefghijklmnopqrstuvw"


def counted(timer: HandTimer) -> tuple[Board, Counter[str]]:
    """A board of two dozen checks that count their runs."""
    runs: Counter[str] = Counter()

    def check(name: str) -> Check:
        async def observe() -> float:
            runs[name] += 1
            await asyncio.sleep(0)
            return 1.0

        return Check(f"toy:{name}", observe, "ms", in_ready=name != "a")

    wiring = Wiring({f"toy:{name}": (lambda name=name: check(name)) for name in NAMES})  # type: ignore[misc]
    around = Surroundings(identify("prediction-worker", {}, {}), FixedClock(NOW), timer, LOCAL_TIMES)
    return Board(around, wiring), runs


@pytest.mark.proves("H5", "L11")
def test_a_herd_runs_each_check_once_per_window() -> None:
    timer = HandTimer()
    board, runs = counted(timer)

    async def herds() -> list[set[int]]:
        counts = []
        for pause in (4.9, 0.2, 0.0):
            await asyncio.gather(*(board.ready(Audience.ANYONE) for _ in range(HERD)))
            counts.append(set(runs.values()))
            timer.advance(pause)
        return counts

    assert asyncio.run(herds()) == [{1}, {1}, {2}]
    assert "a" not in runs


@pytest.mark.proves("H5")
def test_a_deep_herd_too_runs_each_check_once_per_minute() -> None:
    timer = HandTimer()
    board, runs = counted(timer)

    async def herds() -> None:
        for _ in range(2):
            await asyncio.gather(*(board.deep() for _ in range(HERD)))
            timer.advance(59)

    asyncio.run(herds())
    assert set(runs.values()) == {1}
    assert len(runs) == len(NAMES)


@pytest.mark.proves("H5")
def test_a_warm_answer_is_quick_for_each_of_the_herd() -> None:
    board, _ = counted(HandTimer())

    async def timed() -> float:
        started = time.thread_time()
        await board.ready(Audience.ANYONE)
        return time.thread_time() - started

    async def herd() -> list[float]:
        await board.ready(Audience.ANYONE)
        return sorted([await timed() for _ in range(HERD)])

    assert asyncio.run(herd())[int(HERD * 0.99)] < 0.05


def test_failures_are_served_again_like_successes() -> None:
    looks: Iterator[float | Exception] = iter([ConnectionRefusedError("no"), 1.0])

    async def observe() -> float:
        look = next(looks)
        if isinstance(look, float):
            return look
        raise look

    around = Surroundings(identify("prediction-worker", {}, {}), FixedClock(NOW), HandTimer(), LOCAL_TIMES)
    board = Board(around, Wiring({"toy:a": lambda: Check("toy:a", observe, "ms")}))

    async def twice() -> list[tuple[str, bool | None]]:
        bodies = [await board.ready(Audience.TRUSTED), await board.ready(Audience.TRUSTED)]
        return [(str(body.status), body.cached) for body in bodies]

    assert asyncio.run(twice()) == [("fail", False), ("fail", True)]


def test_a_caller_that_goes_away_does_not_end_the_run_of_the_others() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def run() -> str:
        begun.set()
        await go.wait()
        return "result"

    async def one_leaves() -> tuple[str, bool]:
        window = Window(run, 5, HandTimer())
        first = asyncio.create_task(window.get())
        await begun.wait()
        second = asyncio.create_task(window.get())
        await asyncio.sleep(0)
        first.cancel()
        go.set()
        return await second

    assert asyncio.run(one_leaves()) == ("result", False)
