"""What an anonymous caller may read: numbers and words of a closed list; never a value, path, statement or trace."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product

import pytest

from propcast.service.access import Role
from propcast.service.health.checks import Bounds, Check, Observed, Output, Wiring
from tests.service.client import served
from tests.service.toys import Toy, api_key, events, logging_to, service_token, toy_app

SECRETS = {
    "password": "hunter2-hunter2", "statement": "SELECT * FROM vault", "path": "/var/lib/propcast/state.sqlite",
    "address": "10.1.2.3:5432", "setting": "PROPCAST_KEY_ODDS", "trace": "Traceback (most recent call last)",
}  # fmt: skip
SEEDED = " ".join(SECRETS.values())


def raising(error: type[Exception]) -> Check:
    def observe() -> None:
        raise error(SEEDED)

    return Check(f"toy:{error.__name__.lower()}", observe, "ms", advice=SEEDED)


CHECKS = [
    *(raising(error) for error in (RuntimeError, PermissionError, ConnectionError, OSError)),
    Check("toy:text", lambda: SEEDED, "words"),
    Check("toy:full", lambda: Observed(SEEDED, sentence=SEEDED, component_id=SEEDED), "x", endpoints=(SEEDED,)),
    Check("toy:bad", lambda: Observed(3, output=Output.STALE, sentence=SEEDED), "x", bounds=Bounds(fail=1)),
    Check("toy:slow", lambda: 3, "x", bounds=Bounds(warn=1), advice=SEEDED),
    Check("toy:flag", lambda: True, "x"),
]


def wiring() -> Wiring:
    def unbuilt() -> Check:
        raise ValueError(SEEDED)

    built: dict[str, Callable[[], Check]] = {check.key: partial(replace, check) for check in CHECKS}
    return Wiring({**built, "toy:unbuilt": unbuilt}, {"toy:skipped": SEEDED})


@pytest.mark.proves("H8", "L11", "S5")
def test_no_anonymous_answer_of_any_path_or_state_holds_a_secret() -> None:
    toy = Toy()
    told = []
    with served(toy_app(toy, wiring())) as client:
        for path, method in product(("/health", "/ready", "/health/deep", "/break", "/nope", "/"), ("GET", "POST")):
            told.append(client.request(method, path))
        assert client.get("/health/deep", headers=service_token()).status_code == 503
        told += [
            client.get("/ready"),
            client.get("/health/deep"),
            client.get("/ready", headers={"X-API-Key": "pck_no"}),
        ]
    for answer in told:
        text = answer.text + json.dumps(dict(answer.headers))
        assert not [name for name, secret in SECRETS.items() if secret in text]


@pytest.mark.proves("H8")
def test_an_anonymous_body_holds_numbers_and_words_of_the_closed_list_only() -> None:
    with served(toy_app(Toy(), wiring())) as client:
        body = client.get("/ready").json()
    words = {str(word) for word in Output}
    for key, (entry,) in body["checks"].items():
        assert entry.get("output") in {*words, None}, key
        assert entry["observedValue"] is None or type(entry["observedValue"]) in (int, float), key
        assert not {"componentId", "links", "affectedEndpoints"} & set(entry), key
    assert set(body["skipped"].values()) == {"does not apply here"}


def test_a_caller_with_a_credential_reads_one_sentence_that_says_what_to_do_and_still_no_trace() -> None:
    toy = Toy()
    with served(toy_app(toy, wiring())) as client:
        for headers in (api_key(toy, Role.VIEWER), service_token()):
            body = client.get("/ready", headers=headers).json()
            assert body["checks"]["toy:full"][0]["observedValue"] == SEEDED
            assert body["checks"]["toy:bad"][0]["output"].startswith("stale: ")
            assert "RuntimeError" in body["checks"]["toy:runtimeerror"][0]["output"]
            assert body["skipped"]["toy:skipped"] == SEEDED
            assert "propcast/service" not in json.dumps(body)


@pytest.mark.proves("H8", "L11")
def test_an_anonymous_caller_never_causes_a_deep_run() -> None:
    runs: list[int] = []
    deep = Wiring({"toy:deep": lambda: Check("toy:deep", lambda: runs.append(1), "x", in_ready=False)})
    with served(toy_app(Toy(), deep)) as client:
        assert client.get("/health/deep").status_code == 401
        assert runs == []
        client.get("/health/deep", headers=service_token())
        assert client.get("/health/deep").json()["cached"] is True
        assert runs == [1]


def test_the_trace_of_a_failing_check_is_in_the_log_once() -> None:
    stream = io.StringIO()
    with served(toy_app(Toy(), wiring(), log=logging_to(stream))) as client:
        for _ in range(3):
            client.get("/ready")
    told = [e for e in events(stream) if e["event"] == "check_changed" and "runtimeerror" in str(e["reason"])]
    assert len(told) == 1
    assert SEEDED in str(told[0]["stack_trace"])
