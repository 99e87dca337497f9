"""Liveness is pure: it answers with everything else down, quickly, and touches nothing."""

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from propcast.service.app import create_app
from propcast.service.health.body import MEDIA_TYPE
from propcast.service.health.checks import Check, Wiring
from propcast.service.health.reader import read
from propcast.service.serving import settle_memory
from tests.service.client import served
from tests.service.toys import conditions, toy_app, toy_service

ASKED = 1_000
LONGEST_S = 0.02
"""Of processor time: nothing is waited for, and what other processes take is not ours."""


class Recorder:
    """Notes what this process opens, connects or starts while it listens; an audit hook can never be taken out."""

    def __init__(self) -> None:
        self._listening, self._heard = False, list[str]()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _: tuple[object, ...]) -> None:
        if self._listening and event.partition(".")[0] in ("open", "socket", "sqlite3", "subprocess", "os"):
            self._heard.append(event)

    @contextmanager
    def listen(self) -> Iterator[list[str]]:
        self._listening, self._heard = True, []
        try:
            yield self._heard
        finally:
            self._listening = False


@pytest.fixture(scope="session")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def settled() -> Iterator[None]:
    """Memory as a served process has it once its environment is open."""
    settle_memory()
    yield
    gc.unfreeze()


def down() -> NoReturn:
    raise ConnectionRefusedError("everything is down")


def everything_down() -> Wiring:
    def check(name: str) -> Callable[[], Check]:
        return lambda: Check(f"toy:{name}", down, "ms")

    return Wiring({f"toy:{name}": check(name) for name in "abcdef"})


async def timed(http: httpx.AsyncClient) -> tuple[float, httpx.Response]:
    started = time.thread_time()
    answer = await http.get("/health")
    return time.thread_time() - started, answer


@pytest.mark.usefixtures("settled")
@pytest.mark.proves("H3", "L8")
def test_a_thousand_liveness_answers_with_everything_down(recorder: Recorder) -> None:
    async def ask() -> list[tuple[float, httpx.Response]]:
        app = toy_app(wiring=everything_down())
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy.test")
        async with app.router.lifespan_context(app), http:
            await app.state.kit.until_open()
            assert (await http.get("/ready")).status_code == 503
            with recorder.listen() as heard:
                threads = threading.active_count()
                answers = [await timed(http) for _ in range(ASKED)]
            assert (heard, threading.active_count()) == ([], threads)
            return answers

    answers = asyncio.run(ask())
    assert {answer.status_code for _, answer in answers} == {200}
    assert max(took for took, _ in answers) < LONGEST_S
    body = read(200, MEDIA_TYPE, answers[-1][1].content)
    assert (body.checks, body.checks_failed, str(body.status)) == ({}, 0, "pass")


def test_the_recorder_hears(recorder: Recorder) -> None:
    with recorder.listen() as heard:
        Path("/dev/null").read_bytes()
    assert heard == ["open"]


def test_liveness_answers_though_the_environment_never_opens() -> None:
    def never(_: object) -> NoReturn:
        raise OSError("no disk")

    with served(create_app(replace(toy_service(), open=never), conditions()), is_open=False) as client:
        assert client.get("/health").status_code == 200
        assert client.request("HEAD", "/health").headers["content-type"] == MEDIA_TYPE
        assert client.get("/ready").status_code == 503
