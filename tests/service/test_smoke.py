"""Smoke: a complete matrix in time, whatever is silent, and an exit code that only undeclared failures decide."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import cast

import pytest
from rich.console import Console

from propcast.service import catalogue
from propcast.service.asking import Question, addresses, ask, not_ready
from propcast.service.expectations import Expectation, Expectations
from propcast.service.health.body import MEDIA_TYPE, HealthBody, Status
from propcast.service.health.checks import Observed
from propcast.service.health.reader import write
from propcast.service.smoke import Matrix, render, take_matrix
from propcast.service.verdict import Overall
from tests.service.health.bodies import body_of
from tests.service.stopwatch import kept_within
from tests.service.toys import NOW

NONE = Expectations("local", date(2026, 11, 30))
NAMES = [entry.name for entry in catalogue.SERVICES]
Reply = Callable[[str], tuple[int, str, bytes] | None]
"""What a service answers on a path: code, media type, body; None is silence."""


def healthy(name: str, **checks: str) -> Reply:
    body = body_of(checks or {"state__latency": "pass", "process__memory": "pass"}, name)
    alive = body_of({"state__latency": "pass"}, name)
    return lambda path: sent(alive if path == "/health" else body)


def sent(body: HealthBody) -> tuple[int, str, bytes]:
    return body.status.code, MEDIA_TYPE, write(body)


def silent(_: str) -> None:
    return None


@asynccontextmanager
async def services(replies: Mapping[str, Reply]) -> AsyncIterator[dict[str, str]]:
    """Services on free ports that answer as told; a silent one takes the connection and says nothing."""
    over = asyncio.Event()

    def serve(reply: Reply) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            told = reply(head.split()[1])
            if told is None:
                await over.wait()
            else:
                code, media_type, raw = told
                line = f"HTTP/1.1 {code} X\r\nContent-Type: {media_type}\r\nContent-Length: {len(raw)}\r\n"
                writer.write(f"{line}Connection: close\r\n\r\n".encode() + raw)
            writer.close()
            await writer.wait_closed()

        return one

    servers = {name: await asyncio.start_server(serve(reply), "127.0.0.1", 0) for name, reply in replies.items()}  # type: ignore[arg-type]
    try:
        yield {name: f"http://127.0.0.1:{s.sockets[0].getsockname()[1]}" for name, s in servers.items()}
    finally:
        over.set()
        for server in servers.values():
            server.close()
            await server.wait_closed()


def matrix(replies: Mapping[str, Reply], expectations: Expectations = NONE, *, deep: bool = False) -> Matrix:
    async def taken() -> Matrix:
        async with services({**{name: healthy(name) for name in NAMES}, **replies}) as urls:
            return await take_matrix(urls, expectations, NOW, deep=deep)

    return asyncio.run(taken())


def overall(found: Matrix) -> dict[str, Overall]:
    return {row.service: row.verdict.overall for row in found.rows}


@pytest.mark.proves("H9")
def test_with_three_of_six_black_holed_the_matrix_is_complete_in_time() -> None:
    async def three_silent() -> Matrix:
        async with services({name: silent if name in NAMES[::2] else healthy(name) for name in NAMES}) as urls:
            return await take_matrix(urls, NONE, NOW)

    found = kept_within(1.5, three_silent)
    assert overall(found) == {name: Overall.UNREACHABLE if name in NAMES[::2] else Overall.PASS for name in NAMES}
    assert (found.undeclared, found.exit_code) == (3, 1)


@pytest.mark.proves("H9")
def test_an_address_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        (answer,) = asyncio.run(ask([Question("prediction-worker", url, "/ready")]))
    assert (answer.code, answer.trouble) == (None, "not reached: ConnectError")


def test_deep_checks_come_after_the_shallow_paths_of_everybody() -> None:
    """Otherwise their work would make services look as if they were not ready."""
    asked: list[str] = []

    def noting(name: str) -> Reply:
        def reply(path: str) -> tuple[int, str, bytes] | None:
            asked.append(path)
            return healthy(name)(path)

        return reply

    matrix({name: noting(name) for name in NAMES}, deep=True)
    assert (set(asked[:12]), asked[12:]) == ({"/health", "/ready"}, ["/health/deep"] * 6)


def test_all_well_is_exit_0() -> None:
    found = matrix({})
    assert (set(overall(found).values()), found.exit_code) == ({Overall.PASS}, 0)


@pytest.mark.proves("H13", "L9")
def test_only_undeclared_failures_decide_the_exit_code() -> None:
    failing = {"prediction-worker": healthy("prediction-worker", models__unloaded="fail", state__latency="pass")}
    declared = Expectation("prediction-worker", "models:unloaded", Status.FAIL, "r", "o", date(2026, 12, 15))
    expected = matrix(failing, Expectations("local", date(2026, 11, 30), (declared,)))
    assert matrix(failing).exit_code == 1
    assert (expected.exit_code, expected.undeclared, expected.expected) == (0, 0, 1)


@pytest.mark.proves("H11", "H12")
def test_another_service_at_the_address_is_a_failure() -> None:
    found = matrix({"prediction-worker": healthy("mlb-prediction-worker")})
    assert overall(found)["prediction-worker"] is Overall.FAIL
    assert (
        "mlb-prediction-worker answers"
        in next(r for r in found.rows if r.service == "prediction-worker").verdict.notes[0]
    )


@pytest.mark.proves("H12", "L10")
@pytest.mark.parametrize("field", ["status", "checks", "checks_failed", "serviceId", "time", "config_hash"])
def test_a_body_that_lost_or_renamed_a_field_is_a_failure(field: str) -> None:
    def broken(path: str) -> tuple[int, str, bytes]:
        body = json.loads(write(body_of({"state__latency": "pass"})))
        body[f"{field}_v2"] = body.pop(field)
        return 200, MEDIA_TYPE, json.dumps(body).encode()

    found = matrix({"prediction-worker": broken})
    assert overall(found)["prediction-worker"] is Overall.FAIL


@pytest.mark.parametrize("reply", [(200, "text/html", b"<html>"), (404, "application/json", b"{}"), (302, "x/y", b"")])
def test_an_answer_that_is_no_health_body_is_a_failure(reply: tuple[int, str, bytes]) -> None:
    assert matrix({"prediction-worker": lambda _: reply}).exit_code == 1


def test_a_deep_check_that_is_refused_is_no_result() -> None:
    refused = (401, "application/problem+json", b"{}")
    replies = {n: (lambda path, n=n: refused if "deep" in path else healthy(n)(path)) for n in NAMES}
    assert matrix(cast("Mapping[str, Reply]", replies), deep=True).exit_code == 3


def test_json_holds_bodies_and_verdicts() -> None:
    told = json.loads(json.dumps(matrix({"admin-dashboard": silent}).plain()))
    rows = {row["service"]: row for row in told["services"]}
    assert told["exit_code"] == 1
    assert rows["admin-dashboard"]["overall"] == "unreachable"
    assert rows["prediction-worker"]["paths"]["/ready"]["body"]["serviceId"] == "prediction-worker"


def test_people_read_a_row_per_service_and_what_to_do_next() -> None:
    worker = healthy("prediction-worker", models__unloaded="fail", state__latency="pass")
    table = {"prediction-worker": worker, "admin-dashboard": healthy("admin-dashboard", services__not_ready="warn")}
    console = Console(file=io.StringIO(), width=140)
    render(matrix(table), console)
    told = cast("io.StringIO", console.file).getvalue()
    lines = {line.split()[0]: line.split() for line in told.splitlines() if line.strip()}
    assert lines["SERVICE"] == ["SERVICE", "/health", "/ready", "PASSED", "WARNED", "FAILED", "OVERALL"]
    assert lines["prediction-worker"][1:7] == ["200", "503", "1", "0", "1", "FAIL"]
    assert lines["nba-admin-dashboard"][1:6] == ["200", "200", "0", "1", "0"]
    assert "services:not_ready = 2 services" in told
    assert "1 undeclared failure, 0 expected. Exit 1." in told
    assert "propcast smoke --service prediction-worker --deep" in told


def test_addresses_are_those_of_this_machine_unless_the_variable_says_otherwise() -> None:
    found = addresses(
        {"PROPCAST_SERVICE_URLS": "prediction-worker=https://w.example/, admin-dashboard=https://a.example"}
    )
    assert found["prediction-worker"] == "https://w.example"
    assert found["analytics-processor"] == "http://127.0.0.1:8084"


def test_the_console_counts_services_that_are_not_ready() -> None:
    async def seen() -> Observed:
        replies = {"prediction-worker": healthy("prediction-worker", models__unloaded="fail"),
                   "admin-dashboard": healthy("admin-dashboard"), "analytics-processor": silent}  # fmt: skip
        async with services(replies) as urls:
            return await cast("Callable[[], object]", not_ready(urls, seconds=0.3))()  # type: ignore[no-any-return,misc]

    found = asyncio.run(seen())
    assert (found.value, found.sentence) == (2, "not ready: prediction-worker, analytics-processor")
