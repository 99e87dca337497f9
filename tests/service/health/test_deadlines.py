"""Deadlines hold whatever a check does, and every other result is still told."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from propcast.core.clock import SystemClock
from propcast.core.purpose import purpose
from propcast.service.health import deadline
from propcast.service.health.checks import Check, Output, Wiring
from propcast.service.health.deadline import Abandoning
from propcast.service.health.runner import Report, Runner
from propcast.service.health.times import Budget
from tests.service.stopwatch import kept_within

BUDGET = Budget(each_s=0.1, total_s=0.1, window_s=0)
OWN_WORK_S = 0.1
"""How much the rest of a run may add to its deadline."""


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that comes only when the test is over, so that abandoned threads end."""
    event = threading.Event()
    yield event
    event.set()


def hanging(never: threading.Event, sort: str) -> Callable[[], object]:
    """A callable that hangs: in a thread, on the loop, or on the loop and deaf to being cancelled."""

    async def politely() -> None:
        await asyncio.sleep(30)

    async def deaf() -> None:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue

    sorts: dict[str, Callable[[], object]] = {"thread": never.wait, "async": politely, "deaf": deaf}
    return sorts[sort]


async def run(*checks: Check, budget: Budget = BUDGET) -> Report:
    return await Runner(SystemClock(), time.monotonic).run(checks, budget, {})


def check(name: str, observe: Callable[[], object]) -> Check:
    return Check(f"toy:{name}", observe, "ms")  # type: ignore[arg-type]


@pytest.mark.proves("H4", "L7")
def test_when_every_check_hangs_the_answer_comes_in_time_with_all_of_them(never: threading.Event) -> None:
    sorts = ("thread", "async", "deaf")
    checks = [check(f"{sort}_{letter}", hanging(never, sort)) for sort in sorts for letter in "abcdefg"]
    report = kept_within(BUDGET.total_s + OWN_WORK_S, lambda: run(*checks))
    assert [result.check for result in report.results] == checks
    assert {result.output for result in report.results} == {Output.TIMEOUT}


@pytest.mark.proves("H4", "L7")
@pytest.mark.parametrize("sort", ["thread", "async", "deaf"])
def test_with_one_hanging_all_others_are_real(never: threading.Event, sort: str) -> None:
    others = [check(letter, lambda: 5.0) for letter in "abcdef"]
    checks = (*others[:3], check("hangs", hanging(never, sort)), *others[3:])
    report = kept_within(BUDGET.total_s + OWN_WORK_S, lambda: run(*checks))
    assert [result.value for result in report.results] == [5.0, 5.0, 5.0, None, 5.0, 5.0, 5.0]


def test_the_budget_of_a_run_bounds_the_deadline_of_each_check(never: threading.Event) -> None:
    hangs = check("hangs", never.wait)
    kept_within(0.1 + OWN_WORK_S, lambda: run(hangs, budget=Budget(30, 0.1, 0)))


@pytest.mark.proves("L7")
def test_a_hanging_check_never_holds_more_than_one_thread(never: threading.Event) -> None:
    entered = threading.Semaphore(0)

    def hang() -> None:
        entered.release()
        never.wait()

    async def three_runs() -> None:
        runner = Runner(SystemClock(), time.monotonic)
        for _ in range(3):
            report = await runner.run([check("hangs", hang)], Budget(0.02, 0.02, 0), {})
            assert report.results[0].output is Output.TIMEOUT

    asyncio.run(three_runs())
    assert entered.acquire(timeout=1)
    assert not entered.acquire(blocking=False)


def test_a_check_that_was_late_once_is_real_again_as_soon_as_it_answers() -> None:
    release = threading.Event()

    async def late_then_good() -> list[object]:
        calls = Abandoning()
        with pytest.raises(TimeoutError):
            await calls.call("slow", lambda: release.wait(5), 0.02)
        release.set()
        return [await calls.call("slow", lambda: "good", 2)]

    assert asyncio.run(late_then_good()) == ["good"]


@pytest.mark.parametrize(
    ("raised", "word"),
    [
        (TimeoutError(), Output.TIMEOUT),
        (ConnectionRefusedError(), Output.REFUSED),
        (ConnectionResetError(), Output.REFUSED),
        (PermissionError(), Output.DENIED),
        (FileNotFoundError(), Output.MISSING),
        (RuntimeError("SELECT"), Output.ERROR),
        (StopIteration(), Output.ERROR),
    ],
)
def test_what_a_check_raises_becomes_a_word_of_the_closed_list(raised: Exception, word: Output) -> None:
    def fails() -> None:
        raise raised

    report = asyncio.run(run(check("fails", fails)))
    assert report.results[0].output is word
    assert "SELECT" not in report.results[0].sentence


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bytes"])
def test_what_json_cannot_hold_is_a_failure(value: object) -> None:
    report = asyncio.run(run(check("odd", lambda: value)))
    assert (report.results[0].value, report.results[0].output) == (None, Output.ERROR)


@pytest.mark.proves("L11")
def test_probe_work_is_labelled_wherever_it_runs() -> None:
    async def on_the_loop() -> str:
        return purpose()

    report = asyncio.run(run(check("thread", purpose), check("loop", on_the_loop)))
    assert [result.value for result in report.results] == ["health", "health"]
    assert purpose() == "work"


@pytest.mark.proves("L10")
def test_a_check_that_cannot_be_built_fails_alone() -> None:
    from propcast.service.health.checks import build

    def bad() -> Check:
        raise ImportError("no module named pubsub")

    checks = build(Wiring({"toy:bad": bad, "toy:good": lambda: check("good", lambda: 1), "toy:other": bad}))
    report = asyncio.run(run(*checks))
    assert [str(result.status) for result in report.results] == ["fail", "pass", "fail"]
    assert "pubsub" not in report.results[0].sentence


def test_a_thread_serves_again_and_is_never_waited_for_while_it_hangs(never: threading.Event) -> None:
    async def called() -> list[object]:
        calls, seen = Abandoning(), list[object]()
        for _ in range(2):
            seen.append(await calls.call("a", threading.get_ident, 5))
        with pytest.raises(TimeoutError):
            await calls.call("b", never.wait, 1)  # time to begin on a busy machine
        seen.append(await calls.call("a", threading.get_ident, 5))
        return seen

    first, second, third = asyncio.run(called())
    assert first == second
    assert third != first


def test_a_thread_without_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "IDLE_S", 0.01)
    thread = asyncio.run(_thread_of(Abandoning()))
    thread.join(timeout=30)
    assert not thread.is_alive()


async def _thread_of(calls: Abandoning) -> threading.Thread:
    thread = await calls.call("a", threading.current_thread, 5)
    assert isinstance(thread, threading.Thread)
    return thread
