"""What every answer of a service has, whether it is good news or bad."""

import io
from dataclasses import replace

import pytest
from starlette.responses import Response
from starlette.types import Scope

from propcast.service.app import create_app
from propcast.service.facts import Facts
from propcast.service.identity import REVISION_HEADER
from propcast.service.problems import Problem
from tests.service.client import served
from tests.service.test_app import STAGING, WORKER
from tests.service.toys import conditions, events, logging_to, push_token, service_token, toy_app, toy_service


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect", "/health/", "/nope"])
def test_nothing_else_exists(path: str) -> None:
    with served(toy_app()) as client:
        assert client.get(path).status_code == 404


@pytest.mark.proves("S6")
@pytest.mark.parametrize(
    ("method", "path", "sent", "code"),
    [
        ("GET", "/nope", None, 404), ("PUT", "/ask", None, 405), ("POST", "/ask", {"line": "no"}, 422),
        ("POST", "/ask", None, 422), ("GET", "/break", None, 500), ("GET", "/read", None, 401),
        ("POST", "/admin", None, 401), ("GET", "/health/deep", None, 401),
    ],
)  # fmt: skip
def test_every_error_is_a_problem_detail_with_an_id(method: str, path: str, sent: object, code: int) -> None:
    with served(toy_app()) as client:
        answer = client.request(method, path, json=sent) if sent else client.request(method, path)
    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], len(told["id"])) == (code, 49)
    assert told["type"].startswith("urn:propcast:problem:")
    assert "allow" in answer.headers or code != 405


def test_the_trace_of_an_error_is_in_the_log_under_the_id_and_nowhere_else() -> None:
    stream = io.StringIO()
    with served(toy_app(log=logging_to(stream))) as client:
        answer = client.get("/break")
    (told,) = [event for event in events(stream) if event["event"] == "request_failed"]
    assert f"{told['trace_id']}-{told['span_id']}" == answer.json()["id"]
    assert "SELECT secret" in str(told["stack_trace"])
    assert "SELECT" not in answer.text


def test_a_request_that_does_not_fit_is_not_echoed() -> None:
    with served(toy_app()) as client:
        answer = client.post("/ask", json={"line": "<script>hunter2"})
    assert answer.json()["errors"][0]["where"] == "body.line"
    assert "hunter2" not in answer.text


def test_a_service_may_show_problems_in_its_own_way_and_one_that_cannot_be_shown_is_told() -> None:
    def render(_: Scope, problem: Problem, facts: Facts) -> Response | None:
        if problem.status == 405:
            raise KeyError("no such template")
        return Response(f"page {problem.status} {facts.id}") if problem.status == 404 else None

    with served(create_app(replace(toy_service(), render=render), conditions())) as client:
        assert client.get("/nope").text.startswith("page 404 ")
        assert client.get("/read").json()["status"] == 401
        assert client.request("PUT", "/ask").json()["status"] == 405


def test_every_answer_has_the_security_headers() -> None:
    with served(toy_app()) as client:
        answers = [client.get(path) for path in ("/health", "/open", "/nope", "/break", "/read")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_every_answer_says_which_revision_it_comes_from() -> None:
    with served(create_app(toy_service(), conditions({"K_REVISION": "r-7"}))) as client:
        answers = [client.get(path) for path in ("/health", "/nope", "/break")]
    assert [answer.headers[REVISION_HEADER] for answer in answers] == ["r-7"] * 3


def test_tls_is_insisted_on_elsewhere() -> None:
    with served(create_app(toy_service(), conditions(STAGING | WORKER))) as client:
        assert "strict-transport-security" in client.get("/health").headers


def test_the_openapi_document_describes_the_own_routes_and_their_errors() -> None:
    with served(toy_app()) as client:
        document = client.get("/openapi.json", headers=service_token()).json()
    assert {"/ask", "/push", "/read"} <= set(document["paths"])
    assert "/health" not in document["paths"]
    assert set(document["paths"]["/ask"]["post"]["responses"]) == {"200", "4XX", "5XX"}


def test_the_front_page_names_the_service_to_those_who_may_know() -> None:
    with served(toy_app()) as client:
        assert client.get("/").status_code == 401
        assert client.get("/", headers=push_token()).status_code == 403
        assert client.get("/", headers=service_token()).json()["service"] == "prediction-worker"
