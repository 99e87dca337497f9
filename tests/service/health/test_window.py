"""One run for a herd, and its result for those who come soon after."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from propcast.core.clock import FixedClock
from propcast.service.health.board import Board, Surroundings
from propcast.service.health.body import ModelInUse
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


def test_where_callers_never_cease_the_next_result_is_there_when_the_window_ends() -> None:
    timer, runs = HandTimer(), iter(range(9))

    async def run() -> int:
        timer.advance(0.3)
        return next(runs)

    async def asked_after(*pauses: float) -> list[tuple[int, bool]]:
        window, answers = Window(run, 5, timer), []
        for pause in pauses:
            timer.advance(pause)
            answers.append(await window.get())
            await asyncio.sleep(0)
        return answers

    assert asyncio.run(asked_after(0, 4.3, 0.2, 0.3)) == [(0, False), (0, True), (0, True), (1, True)]


def test_slow_runs_do_not_follow_one_another_without_a_pause() -> None:
    timer, runs = HandTimer(), iter(range(9))

    async def run() -> int:
        timer.advance(4)
        return next(runs)

    async def asked() -> list[int]:
        window, seen = Window(run, 5, timer), []
        for _ in range(4):
            seen.append((await window.get())[0])
            await asyncio.sleep(0)
            timer.advance(1.2)
        return seen

    assert asyncio.run(asked()) == [0, 0, 0, 0]


def test_a_run_that_nobody_waits_for_may_fail_and_the_next_caller_is_told() -> None:
    timer, outcomes = HandTimer(), iter([True, False, False])

    async def run() -> str:
        timer.advance(0.3)
        if not next(outcomes):
            raise ConnectionRefusedError("no")
        return "result"

    async def asked() -> None:
        window = Window(run, 5, timer)
        await window.get()
        timer.advance(4.9)
        assert await window.get() == ("result", True)
        await asyncio.sleep(0)
        timer.advance(0.2)
        with pytest.raises(ConnectionRefusedError):
            await window.get()

    asyncio.run(asked())


def test_a_body_is_written_once_however_often_it_is_sent_and_anew_for_the_next_run() -> None:
    timer = HandTimer()
    board, _ = counted(timer)

    async def sent() -> list[bytes]:
        raws = []
        for pause in (0.0, 0.0, 0.0, 6.0):
            timer.advance(pause)
            raws.append(board.written(await board.ready(Audience.ANYONE)))
        return raws

    fresh, kept, again, anew = asyncio.run(sent())
    assert kept is again
    assert b'"cached":true' in kept
    assert b'"cached":false' in fresh
    assert anew is not fresh
    assert board.written(board.alive()) != kept


def test_what_a_body_says_of_models_is_never_what_it_said_of_others() -> None:
    models: list[tuple[ModelInUse, ...]] = [()]
    around = Surroundings(identify("prediction-worker", {}, {}), FixedClock(NOW), HandTimer(), models=lambda: models[0])
    board = Board(around, Wiring({"toy:a": lambda: Check("toy:a", lambda: 1.0, "ms")}))

    async def told() -> list[int]:
        seen = []
        for many in (0, 0, 1):
            models[0] = (
                models[0] if len(models[0]) == many else (ModelInUse(model_id="m", sha256="s", feature_hash="f"),)
            )
            seen.append(len((await board.ready(Audience.ANYONE)).models))
        return seen

    assert asyncio.run(told()) == [0, 0, 1]
