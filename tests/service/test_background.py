"""Background work goes on whatever a round raises, can be woken, and ends between two rounds."""

import asyncio
import io
import threading
from dataclasses import replace

from propcast.service.app import create_app
from propcast.service.background import Background
from tests.service.client import served
from tests.service.toys import Toy, conditions, events, logging_to, toy_service


def test_a_round_that_fails_is_logged_and_the_next_one_comes() -> None:
    rounds, third, stream = list[int](), threading.Event(), io.StringIO()

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            third.set()
        raise OSError("bus is down")

    service = replace(toy_service(), background=lambda _: [Background("outbox", 0.001, work)])
    with served(create_app(service, replace(conditions(), log=logging_to(stream)))):
        assert third.wait(10)
    failed = [event for event in events(stream) if event["event"] == "background_failed"]
    assert len(failed) >= 2
    assert (failed[0]["reason"], failed[0]["error_class"]) == ("outbox", "OSError")
    assert failed[0]["correlation_id"] != failed[1]["correlation_id"]


def test_ringing_begins_the_next_round_at_once_from_any_thread() -> None:
    done = threading.Semaphore(0)
    sweep = Background("sweep", 3_600, done.release)
    with served(create_app(replace(toy_service(), background=lambda _: [sweep]), conditions())):
        assert done.acquire(timeout=10)
        for _ in range(3):
            sweep.bell.ring()
            assert done.acquire(timeout=10)


def test_a_round_that_has_begun_is_finished_before_things_are_given_back() -> None:
    order, begun = list[str](), threading.Event()

    def work() -> None:
        begun.set()
        threading.Event().wait(0.05)
        order.append("round")

    def close(_: Toy) -> None:
        order.append("closed")

    service = replace(toy_service(), background=lambda _: [Background("slow", 3_600, work)], close=close)
    with served(create_app(service, conditions())):
        assert begun.wait(10)
    assert order == ["round", "closed"]


def test_a_bell_that_was_rung_before_anybody_waited_is_heard() -> None:
    bell = Background("x", 1, lambda: None).bell
    bell.ring()
    asyncio.run(bell.wait(3_600))


def test_only_a_round_that_found_nothing_has_the_long_pause() -> None:
    task = Background("outbox", 1.0, lambda: None, idle_s=10.0)
    assert [task.pause_s(found) for found in (False, True, None)] == [10.0, 1.0, 1.0]
    assert Background("sweep", 30.0, lambda: None).pause_s(False) == 30.0
