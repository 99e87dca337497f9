"""Tokens of an issuer at the door of a service: what it signed, for this service, for the right account, gets in."""

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from propcast.backends.google.accounts import account
from propcast.service.auth import outbound
from propcast.service.auth.google import google_bearers
from propcast.service.auth.guard import Guard
from propcast.service.auth.id_tokens import Description, tokens_of
from propcast.service.auth.issuer_keys import ANEW_S, FRESH_S, OUTDATED_S, RETRY_S
from propcast.service.limits import Limits
from tests.service.auth.issuer import Issuer, issuing, jwk, public_pem
from tests.service.client import Client, served
from tests.service.toys import AUDIENCE, NOW, HandTimer, Toy, events, logging_to, push_token, toy_app

PROJECT = "toys"
PUSHER = account("push", "staging", PROJECT)
COORDINATOR = account("prediction-coordinator", "staging", PROJECT)


@dataclass
class Cloud(Toy):
    """The toy, which takes the tokens of an issuer."""

    issuer: Issuer = field(default_factory=lambda: Issuer(NOW))
    timer: HandTimer = field(default_factory=HandTimer)

    def guard(self) -> Guard:
        tokens = tokens_of(Description(self.issuer.base, self.timer), self.clock, self.timer)
        return replace(super().guard(), bearers=google_bearers(tokens, AUDIENCE, "staging", PROJECT))


@dataclass
class Door:
    """The running toy and its issuer."""

    toy: Cloud
    client: Client
    log: io.StringIO

    @property
    def issuer(self) -> Issuer:
        return self.toy.issuer

    def token(self, **told: Any) -> str:
        return self.issuer.token(**{"audience": AUDIENCE, "email": PUSHER, **told})

    def push(self, token: str, path: str = "/push") -> int:
        return self.client.post(path, headers={"Authorization": f"Bearer {token}"}).status_code

    @property
    def asked_for_keys(self) -> int:
        return self.issuer.asked.count("/keys")


PATIENT = Limits(check_s=30.0)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr(outbound, "SECONDS", 20.0)  # a busy machine is no silent issuer
    log = io.StringIO()
    with issuing(NOW) as issuer:
        toy = Cloud(issuer=issuer)
        with served(toy_app(toy, log=logging_to(log), limits=PATIENT)) as client:
            yield Door(toy, client, log)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def by_hand(door: Door, algorithm: str, sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    claims = door.issuer.claims(AUDIENCE, email=PUSHER)
    text = f"{part({'alg': algorithm, 'kid': 'first', 'typ': 'JWT'})}.{part(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(sign(text.encode())).decode().rstrip('=')}"


def tampered(door: Door) -> str:
    header, _, signature = door.token().split(".")
    return f"{header}.{part(door.issuer.claims(AUDIENCE, email=PUSHER, sub='2'))}.{signature}"


LATER, AGO = NOW.timestamp() + 11, NOW.timestamp() - 11
BAD: dict[str, Callable[[Door], str]] = {
    "forged signature": tampered,
    "signed by another key": lambda door: door.token(key="stranger", kid="first"),
    "unknown key": lambda door: door.token(key="stranger"),
    "no key named": lambda door: door.token(kid=" "),
    "wrong issuer": lambda door: door.token(iss="https://accounts.google.com"),
    "wrong audience": lambda door: door.token(audience="https://another.example"),
    "two audiences": lambda door: door.token(aud=[AUDIENCE, "https://another.example"]),
    "no audience": lambda door: door.token(aud=None),
    "wrong e-mail": lambda door: door.token(email="somebody@example.com"),
    "account of another environment": lambda door: door.token(email=account("push", "production", PROJECT)),
    "no e-mail": lambda door: door.token(email=None),
    "e-mail not verified": lambda door: door.token(email_verified=False),
    "e-mail verified in words": lambda door: door.token(email_verified="true"),
    "expired": lambda door: door.token(iat=AGO - 3600, exp=AGO),
    "no expiry": lambda door: door.token(exp=None),
    "issued later": lambda door: door.token(iat=LATER, exp=LATER + 60),
    "not yet valid": lambda door: door.token(nbf=LATER),
    "unsigned": lambda door: by_hand(door, "none", lambda _: b""),
    "public key as a secret": lambda door: by_hand(
        door, "HS256", lambda text: hmac.new(public_pem("first"), text, hashlib.sha256).digest()
    ),
    "public key as published as a secret": lambda door: by_hand(
        door, "HS256", lambda text: hmac.new(json.dumps(jwk("first")).encode(), text, hashlib.sha256).digest()
    ),
    "token of one machine": lambda _: push_token()["Authorization"].removeprefix("Bearer "),
    "no token": lambda _: "x",
}


@pytest.mark.proves("S1", "S3", "L53")
def test_no_other_token_gets_in(door: Door) -> None:
    assert door.push(door.token()) == 200
    assert {name: door.push(make(door)) for name, make in BAD.items()} == dict.fromkeys(BAD, 401)
    assert door.toy.seen == ["/push"]
    reasons = {str(event["reason"]).split()[0] for event in events(door.log) if event["event"] == "request_refused"}
    assert reasons == {"forged", "malformed", "wrong_audience", "wrong_account", "expired"}


@pytest.mark.proves("S1")
def test_the_subscription_pushes_and_services_call(door: Door) -> None:
    assert [door.push(door.token(), path) for path in ("/push", "/start", "/internal", "/admin")] == [
        200,
        200,
        403,
        403,
    ]
    call = door.token(email=COORDINATOR)
    assert [door.push(call, path) for path in ("/push", "/start", "/internal", "/admin")] == [403, 403, 200, 403]


def test_clocks_may_differ_a_little(door: Door) -> None:
    at = NOW.timestamp()
    assert door.push(door.token(iat=at + 9, nbf=at + 9, exp=at + 60)) == 200
    assert door.push(door.token(iat=at - 3600, exp=at - 9)) == 200


def test_keys_are_kept_for_an_hour(door: Door) -> None:
    assert {door.push(door.token()) for _ in range(5)} == {200}
    assert door.asked_for_keys == 1
    door.toy.timer.advance(FRESH_S)
    assert door.push(door.token()) == 200
    assert door.asked_for_keys == 2


def test_a_new_key_is_found_and_one_that_was_withdrawn_is_good_no_longer(door: Door) -> None:
    old = door.token()
    assert door.push(old) == 200
    door.issuer.keys = ["second", "first"]
    door.toy.timer.advance(ANEW_S)
    assert (door.push(door.token()), door.push(old)) == (200, 200)
    assert door.asked_for_keys == 2
    door.issuer.keys = ["second"]
    door.toy.timer.advance(FRESH_S)
    assert (door.push(door.token()), door.push(old)) == (200, 401)


def test_unknown_keys_have_the_issuer_asked_once_a_minute(door: Door) -> None:
    door.push(door.token())
    for _ in range(3):
        door.toy.timer.advance(ANEW_S)
        assert {door.push(door.token(key="stranger", kid=f"made up {n}")) for n in range(5)} == {401}
    assert door.asked_for_keys == 4


@pytest.mark.proves("L54")
def test_without_keys_nobody_is_let_in_and_nobody_is_told_that_he_is_wrong(door: Door) -> None:
    door.issuer.status = 500
    answer = door.client.post("/push", headers={"Authorization": f"Bearer {door.token()}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert door.push(door.token()) == 503
    assert door.issuer.asked == ["/.well-known/openid-configuration"], "it is not asked again and again"
    door.issuer.status = 200
    door.toy.timer.advance(RETRY_S)
    assert door.push(door.token()) == 200
    assert door.toy.seen == ["/push"]


@pytest.mark.proves("L54")
def test_while_the_issuer_is_silent_recent_keys_are_good_and_new_ones_are_no_reason_to_say_no(door: Door) -> None:
    assert door.push(door.token()) == 200
    door.issuer.status = 500
    door.toy.timer.advance(FRESH_S)
    assert (door.push(door.token()), door.push(door.token(key="second"))) == (200, 503)
    door.toy.timer.advance(OUTDATED_S)
    assert door.push(door.token()) == 503


@pytest.mark.proves("L54")
def test_an_issuer_that_hangs_is_waited_for_so_long_and_keeps_nobody_else_waiting(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.issuer.released.clear()
    with ThreadPoolExecutor(1) as aside:
        pushed = aside.submit(door.push, door.token())
        assert door.client.get("/health").status_code == 200
        assert not pushed.done()
        door.issuer.released.set()
        assert pushed.result() == 200
    monkeypatch.setattr(outbound, "SECONDS", 0.05)
    door.issuer.released.clear()
    door.toy.timer.advance(OUTDATED_S)
    assert door.push(door.token()) == 503


def test_an_open_path_stays_open_without_keys(door: Door) -> None:
    door.issuer.status = 500
    assert door.client.get("/open", headers={"Authorization": f"Bearer {door.token()}"}).status_code == 200
    assert door.client.get("/health", headers={"Authorization": f"Bearer {door.token()}"}).status_code == 200


@pytest.mark.parametrize("document", [{"issuer": "https://evil.test"}, {"jwks_uri": "http://evil.test/keys"}])
def test_an_issuer_that_speaks_for_another_or_without_tls_is_not_believed(door: Door, document: dict[str, str]) -> None:
    door.issuer.described = document
    assert door.push(door.token()) == 503
