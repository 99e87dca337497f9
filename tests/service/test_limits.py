"""No request costs more than the limits allow, and a shutdown gives work back."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st

from propcast.service.access import OPEN, access
from propcast.service.app import create_app
from propcast.service.limits import Limits, nests_deeper
from tests.service.client import served
from tests.service.toys import conditions, kit_of, toy_app, toy_service

SHORT = Limits(seconds=0.1, grace_s=0.1)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@given(
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
    st.integers(0, 6),
)
def test_depth_is_measured_as_the_parser_would_find_it(value: object, most: int) -> None:
    def depth(part: object) -> int:
        inner = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    assert nests_deeper(json.dumps(value, ensure_ascii=False).encode(), most) == (depth(value) > most)


@pytest.mark.parametrize("raw", [b'"' * 100_001, b"[" * 500_000, b'{"a":"' + b"\\" * 99_999, b"\xff" * 100])
def test_measuring_depth_survives_anything(raw: bytes) -> None:
    nests_deeper(raw, 3)


@pytest.mark.proves("S4")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f'{{"line": 1, "x": {nested(30)}}}', 200), (f'{{"line": 1, "x": {nested(40)}}}', 422), ("[" * 900_000, 422),
        ('{"line": 1, "x": "' + "y" * 990_000 + '"}', 200), ('{"line": 1, "x": "' + "y" * 1_000_000 + '"}', 413),
        ('{"line": 1e999}', 422), ('{"line": NaN}', 422), ('{"line": -Infinity}', 422),
        ('{"line": 1, "x": "NaN"}', 200), ("", 422), ("{", 422), ("\x00", 422), ('{"line": 1, "y": 1}', 422),
    ],
)  # fmt: skip
def test_bodies_are_bounded_in_size_and_depth(content: str, code: int) -> None:
    with served(toy_app()) as client:
        answer = client.post("/ask", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == code, answer.text


def test_a_body_sent_in_pieces_is_bounded_too() -> None:
    async def pieces() -> object:
        yield b'{"line": 1, "x": "'
        for _ in range(20):
            yield b"y" * 100_000

    with served(toy_app()) as client:
        answer = client.post("/ask", content=pieces(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:propcast:problem:too_large")


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def app_with(work: Callable[[], object], limits: Limits = SHORT) -> FastAPI:
    """An app with one route that works in a thread, as handlers do."""
    router = APIRouter()

    @router.get("/work")
    @access(OPEN)
    def endpoint() -> str:
        work()
        return "done"

    return create_app(replace(toy_service(), routers=(router,)), replace(conditions(), limits=limits))


@pytest.mark.proves("L7")
def test_a_handler_that_hangs_is_answered_for(never: threading.Event) -> None:
    with served(app_with(never.wait)) as client:
        answer = client.get("/work")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:propcast:problem:timeout")
        assert client.get("/health").status_code == 200
        never.set()


def test_in_a_shutdown_what_runs_is_finished_and_nothing_new_begins() -> None:
    entered, go = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        go.wait(10)

    async def scenario() -> list[int]:
        app = app_with(work, Limits(grace_s=10))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy.test")
        async with app.router.lifespan_context(app), http:
            await kit_of(app).until_open()
            running = asyncio.create_task(http.get("/work"))
            await asyncio.to_thread(entered.wait, 10)
            kit_of(app).drain.begin(10)
            new = [(await http.get(path)).status_code for path in ("/work", "/health", "/ready")]
            go.set()
            return [(await running).status_code, *new]

    assert asyncio.run(scenario()) == [200, 503, 200, 200]


def test_what_does_not_finish_in_the_grace_is_answered_503_so_that_the_bus_delivers_it_again() -> None:
    entered, never = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        never.wait(10)

    async def scenario() -> tuple[int, str]:
        app = app_with(work, Limits(seconds=30))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy.test")
        async with app.router.lifespan_context(app), http:
            await kit_of(app).until_open()
            running = asyncio.create_task(http.get("/work"))
            await asyncio.to_thread(entered.wait, 10)
            kit_of(app).drain.begin(0.01)
            answer = await running
            never.set()
            return answer.status_code, answer.json()["type"]

    assert asyncio.run(scenario()) == (503, "urn:propcast:problem:shutdown")
