"""Pushes over HTTP: codes, `Retry-After`, overload, credentials, and the document that describes them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fastapi import APIRouter, FastAPI

from propcast.service.app import create_app
from propcast.service.push import Buried, Delivery, Desk, Outcome, Pushes, Result, Strikes
from tests.service.client import Client, served
from tests.service.push.bench import GOOD, TOPIC, Shard, envelope
from tests.service.toys import Toy, conditions, push_token, service_token, toy_service

Handle = Callable[[Toy, Shard, Delivery], Result]


def pushed_to(handle: Handle, buried: list[Buried] | None = None, at_once: int = 8) -> FastAPI:
    """An app that takes the pushes of one topic."""
    router = APIRouter()
    records = buried if buried is not None else []
    pushes = Pushes(Toy, lambda toy: Desk(records.append, Strikes(toy.store, toy.clock)), at_once)
    pushes.route(router, "/predict", Shard, handle, topic=TOPIC)
    return create_app(replace(toy_service(), routers=(router,)), conditions())


def push(client: Client, raw: bytes = b"", **headers: str) -> tuple[int, str | None]:
    answer = client.post("/predict", content=raw or envelope(), headers=push_token() | headers)
    return answer.status_code, answer.headers.get("retry-after")


@pytest.mark.proves("B6")
@pytest.mark.parametrize(
    ("result", "told"),
    [
        (Result(Outcome.DONE), (204, None)),
        (Result(Outcome.BUSY, "leased", 40.2), (429, "40")),
        (Result(Outcome.TRANSIENT, "locked"), (503, "1")),
        (Result(Outcome.UNCLASSIFIED), (500, None)),
    ],
    ids=["done", "busy", "transient", "unclassified"],
)
def test_the_answer_says_whether_and_when_to_deliver_again(result: Result, told: tuple[int, str | None]) -> None:
    with served(pushed_to(lambda toy, message, delivery: result)) as client:
        assert push(client) == told


def test_a_handler_gets_its_environment_the_typed_message_and_the_delivery() -> None:
    seen: list[tuple[object, ...]] = []

    def handle(toy: Toy, message: Shard, delivery: Delivery) -> Result:
        seen.append((type(toy), message, delivery.key, delivery.subscription, delivery.attempt))
        return Result(Outcome.DONE)

    with served(pushed_to(handle)) as client:
        push(client)
    assert seen == [(Toy, Shard.model_validate(GOOD), "m-1", "workers", 1)]


@pytest.mark.proves("B6")
def test_what_is_malformed_is_acknowledged_and_recorded_whatever_it_claims_to_be() -> None:
    buried: list[Buried] = []
    with served(pushed_to(lambda *_: Result(Outcome.DONE), buried)) as client:
        for raw in (b"{", b'{"message":' * 60_000, b"\xff\xfe", b"[" * 500_000):
            assert push(client, raw, **{"Content-Type": "application/json"})[0] == 204
    assert len(buried) == 4


def test_a_body_beyond_the_limit_goes_back_to_the_bus_which_has_its_content() -> None:
    with served(pushed_to(lambda *_: Result(Outcome.DONE))) as client:
        assert push(client, b"x" * 1_000_001)[0] == 413


@pytest.mark.proves("B6")
def test_when_all_places_are_taken_a_push_goes_back_uncharged() -> None:
    enough, go = threading.Barrier(3), threading.Event()

    def handle(toy: Toy, message: Shard, delivery: Delivery) -> Result:
        enough.wait(10)
        go.wait(10)
        return Result(Outcome.DONE)

    with served(pushed_to(handle, at_once=2)) as client, ThreadPoolExecutor(2) as others:
        running = [others.submit(push, client) for _ in range(2)]
        enough.wait(10)
        assert push(client) == (429, "1")
        go.set()
        assert [each.result()[0] for each in running] == [204, 204]


@pytest.mark.proves("B6", "S3", "L53")
def test_without_the_right_credential_nothing_reaches_the_handler() -> None:
    buried: list[Buried] = []

    def handle(toy: Toy, message: Shard, delivery: Delivery) -> Result:
        raise AssertionError("reached")

    with served(pushed_to(handle, buried)) as client:
        for headers, code in (({}, 401), ({"Authorization": "Bearer x"}, 401), (service_token(), 403)):
            for raw in (envelope(), b"{"):
                assert client.post("/predict", content=raw, headers=headers).status_code == code
    assert buried == []


def test_the_document_shows_what_is_in_the_envelope() -> None:
    with served(pushed_to(lambda *_: Result(Outcome.DONE))) as client:
        told = client.get("/openapi.json", headers=service_token()).json()["paths"]["/predict"]["post"]
    assert set(told["x-message"]["properties"]) == set(GOOD)
    assert set(told["responses"]) == {"204", "4XX", "5XX"}
