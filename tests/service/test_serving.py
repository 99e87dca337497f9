"""Real servers on real ports: several in one loop, clean starts, clean ends."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import NoReturn

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from propcast.service import serving
from propcast.service.access import OPEN, access
from propcast.service.app import create_app
from propcast.service.limits import Limits
from tests.service.toys import conditions, kit_of, toy_app, toy_service


@asynccontextmanager
async def running(app: FastAPI, port: int = 0) -> AsyncIterator[tuple[serving.Server, str]]:
    """A server on a port of this loop, a free one unless it is told; it has ended when the block has."""
    server = serving.Server(app, "127.0.0.1", port)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    await kit_of(app).until_open()
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def test_threads_that_compute_hand_over_often_once_the_port_is_open() -> None:
    """With two of them the loop is late by a few turns for every answer."""

    async def scenario() -> None:
        async with running(toy_app()):
            assert sys.getswitchinterval() == pytest.approx(0.001)

    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    try:
        in_thread(scenario)
    finally:
        sys.setswitchinterval(before)


def working(work: Callable[[], object], limits: Limits) -> FastAPI:
    router = APIRouter()

    @router.get("/work")
    @access(OPEN)
    def endpoint() -> str:
        work()
        return "done"

    return create_app(replace(toy_service(), routers=(router,)), replace(conditions(), limits=limits))


def in_thread(scenario: Callable[[], object]) -> None:
    """Run in another thread than the main one, where servers leave the signals alone."""
    failures: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(scenario())  # type: ignore[arg-type]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - told below
            failures.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert failures == []


def test_six_servers_in_one_loop_each_run_their_own_environment() -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack, httpx.AsyncClient() as http:
            started = [await stack.enter_async_context(running(toy_app())) for _ in range(6)]
            for _, url in started:
                assert (await http.get(f"{url}/ready")).status_code == 200
                head = await http.head(f"{url}/health")
                assert (head.status_code, head.content, "server" in head.headers) == (200, b"", False)

    in_thread(scenario)


def test_a_forwarding_header_does_not_change_who_the_server_thinks_calls() -> None:
    async def scenario() -> None:
        async with running(toy_app()) as (server, _):
            assert server.config.proxy_headers is False

    in_thread(scenario)


@pytest.mark.proves("B2")
def test_a_server_that_is_told_to_stop_finishes_what_runs() -> None:
    entered, go = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        go.wait(20)

    async def scenario() -> None:
        app = working(work, Limits(grace_s=20))
        async with httpx.AsyncClient() as http, running(app) as (server, url):
            asked = asyncio.create_task(http.get(f"{url}/work"))
            await asyncio.to_thread(entered.wait, 20)
            server.should_exit = True
            while not kit_of(app).drain.begun:
                await asyncio.sleep(0.005)
            go.set()
            assert (await asked).text == '"done"'

    in_thread(scenario)


def test_a_server_that_is_told_to_stop_gives_back_what_does_not_finish() -> None:
    entered, never = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        never.wait(20)

    async def scenario() -> None:
        async with httpx.AsyncClient() as http, running(working(work, Limits(grace_s=0.1))) as (server, url):
            asked = asyncio.create_task(http.get(f"{url}/work"))
            await asyncio.to_thread(entered.wait, 20)
            server.should_exit = True
            answer = await asked
            never.set()
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")

    in_thread(scenario)


@pytest.mark.proves("L6", "L3")
def test_code_that_is_not_complete_opens_no_port_and_says_why_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> NoReturn:
        raise ModuleNotFoundError("No module named 'pubsub_v1'")

    monkeypatch.setattr("propcast.service.serving.importlib.import_module", missing)
    assert serving.serve("prediction-worker") == 1
    told = capsys.readouterr()
    assert told.err == "prediction-worker cannot start: ModuleNotFoundError: No module named 'pubsub_v1'\n"
    assert told.out == ""
