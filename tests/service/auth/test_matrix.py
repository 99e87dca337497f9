"""Every route x every credential: nothing can be reached that should not be, and nothing is taken on faith."""

import base64
import io
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product

import jwt
import pytest

from propcast.backends.bus import tokens
from propcast.service.access import Role
from propcast.service.auth.store import Drawer
from tests.service.client import served
from tests.service.toys import (
    AUDIENCE,
    FORGER,
    KEYS,
    NOW,
    Toy,
    api_key,
    events,
    logging_to,
    push_token,
    service_token,
    toy_app,
)

Headers = dict[str, str]


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def claims(**changed: object) -> dict[str, object]:
    now = NOW.timestamp()
    return {"iss": tokens.ISSUER, "aud": AUDIENCE, "email": tokens.EMAIL, "email_verified": True, "iat": now,
            "exp": now + 300} | changed  # fmt: skip


def signed(**changed: object) -> Headers:
    key = KEYS[0]
    return bearer(jwt.encode(claims(**changed), key.secret.reveal(), "HS256", {"kid": key.kid}))


def unsigned() -> Headers:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return bearer(f"{part({'alg': 'none', 'kid': KEYS[0].kid})}.{part(claims())}.")


def session_of(toy: Toy, role: Role, *, csrf: bool = True) -> Headers:
    """The cookie of a person with a role, and the token that a page of ours would send with it."""
    toy.store.put(Drawer.ACCOUNTS, role, {"role": str(role), "disabled": False, "hash": ""})
    session = toy.sessions.open(role)
    cookie = {"Cookie": f"{toy.sessions.cookie.name}={session}"}
    return cookie | ({"X-CSRF-Token": toy.sessions.csrf_token(session)} if csrf else {})


def expired_key(toy: Toy) -> Headers:
    toy.clock.instant -= timedelta(days=40)
    headers = api_key(toy, Role.ADMIN)
    toy.clock.instant += timedelta(days=40)
    return headers


def expired_session(toy: Toy) -> Headers:
    toy.clock.instant -= timedelta(hours=13)
    headers = session_of(toy, Role.ADMIN)
    toy.clock.instant += timedelta(hours=13)
    return headers


BAD: dict[str, Callable[[Toy], Headers]] = {
    "none": lambda _: {},
    "any bearer": lambda _: bearer("x"),
    "empty bearer": lambda _: {"Authorization": "Bearer "},
    "basic": lambda _: {"Authorization": "Basic YWRtaW46YWRtaW4="},
    "forged token": lambda _: push_token(key=FORGER[0]),
    "unsigned token": lambda _: unsigned(),
    "expired token": lambda _: push_token(at=NOW - timedelta(minutes=10)),
    "wrong audience": lambda _: push_token("http://127.0.0.1:8083"),
    "wrong issuer": lambda _: signed(iss="https://accounts.example.com"),
    "wrong e-mail": lambda _: signed(email="somebody@example.com"),
    "unverified e-mail": lambda _: signed(email_verified=False),
    "unknown key": lambda _: {"X-API-Key": f"pck_{'0' * 16}_{'A' * 43}"},
    "malformed key": lambda _: {"X-API-Key": "admin"},
    "expired key": expired_key,
    "key of another service": lambda toy: api_key(toy, Role.ADMIN, ("admin-dashboard",)),
    "unknown session": lambda toy: {"Cookie": f"{toy.sessions.cookie.name}=nobody"},
    "expired session": expired_session,
    "trusted by a header": lambda _: {"X-Goog-Authenticated-User-Email": "admin@example.com", "X-Forwarded-User": "a"},
}
GOOD: dict[str, Callable[[Toy], Headers]] = {
    "push": lambda _: push_token(),
    "service": lambda _: service_token(),
    **{f"{role} key": partial(api_key, role=role) for role in Role},
    **{f"{role} session": partial(session_of, role=role) for role in Role},
}
PEOPLE = ("viewer", "operator", "admin")
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("POST", "/viewer"): {f"{r} {c}" for r in PEOPLE for c in ("key", "session")},
    ("GET", "/read"): {f"{r} {c}" for r in PEOPLE for c in ("key", "session")},
    ("POST", "/operator"): {f"{r} {c}" for r in PEOPLE[1:] for c in ("key", "session")},
    ("POST", "/admin"): {"admin key", "admin session"},
    ("POST", "/fault"): {"admin key", "admin session"},
    ("POST", "/push"): {"push"},
    ("POST", "/internal"): {"service"},
    ("POST", "/start"): {"push", *(f"{r} {c}" for r in PEOPLE[1:] for c in ("key", "session"))},
    ("GET", "/metrics"): {"service", *(f"{r} {c}" for r in PEOPLE for c in ("key", "session"))},
    ("GET", "/openapi.json"): {"service", *(f"{r} {c}" for r in PEOPLE for c in ("key", "session"))},
    ("GET", "/"): {"service", *(f"{r} {c}" for r in PEOPLE for c in ("key", "session"))},
}


@pytest.mark.proves("S1", "S3", "L53", "X5")
def test_no_route_lets_in_a_credential_that_is_not_good() -> None:
    toy = Toy()
    with served(toy_app(toy)) as client:
        for (method, path), name in product(ALLOWED, BAD):
            answer = client.request(method, path, headers=BAD[name](toy))
            assert answer.status_code == 401, (method, path, name)
            assert answer.headers["www-authenticate"] == "Bearer"
    assert toy.seen == []


@pytest.mark.proves("S1", "L53", "X5")
def test_every_route_lets_in_exactly_those_that_its_rule_names() -> None:
    toy = Toy()
    with served(toy_app(toy)) as client:
        for ((method, path), allowed), name in product(ALLOWED.items(), GOOD):
            answer = client.request(method, path, headers=GOOD[name](toy))
            assert answer.status_code == (200 if name in allowed else 403), (method, path, name)


def test_open_routes_let_anyone_in_whatever_they_show() -> None:
    toy = Toy()
    with served(toy_app(toy)) as client:
        for path, name in product(("/open", "/health", "/ready"), BAD):
            assert client.get(path, headers=BAD[name](toy)).status_code in (200, 503), (path, name)


def test_the_caller_does_not_learn_what_was_wrong_and_the_log_does() -> None:
    toy, stream = Toy(), io.StringIO()
    with served(toy_app(toy, log=logging_to(stream))) as client:
        bodies = {name: client.post("/push", headers=BAD[name](toy)).json() for name in BAD}
    assert len({json.dumps({**body, "id": ""}) for body in bodies.values()}) == 1
    reasons = {str(e["reason"]).split()[0] for e in events(stream) if e["event"] == "request_refused"}
    assert {"no_credential", "expired", "forged", "wrong_audience", "wrong_account", "unknown_key"} <= reasons


def test_no_credential_is_ever_logged() -> None:
    toy, stream = Toy(), io.StringIO()
    shown = [value for make in (*BAD.values(), *GOOD.values()) for value in make(toy).values() if len(value) > 20]
    with served(toy_app(toy, log=logging_to(stream))) as client:
        for make in (*BAD.values(), *GOOD.values()):
            client.post("/push", headers=make(toy))
    assert not [value for value in shown if value in stream.getvalue()]


@pytest.mark.proves("L53")
def test_a_credential_in_the_address_is_no_credential() -> None:
    toy = Toy()
    key, token = api_key(toy, Role.ADMIN)["X-API-Key"], push_token()["Authorization"].split()[1]
    with served(toy_app(toy)) as client:
        for query in (f"api_key={key}", f"key={key}", f"token={token}", f"access_token={token}"):
            assert client.get(f"/read?{query}").status_code == 401
            assert client.post(f"/push?{query}").status_code == 401


@pytest.mark.proves("L54")
def test_when_credentials_cannot_be_checked_nobody_is_let_in() -> None:
    class Down:
        def __getattr__(self, name: str) -> object:
            raise OSError("the store is gone")

    toy, stream = Toy(), io.StringIO()
    headers = [api_key(toy, Role.ADMIN), session_of(toy, Role.ADMIN)]
    toy.store = Down()  # type: ignore[assignment]
    with served(toy_app(toy, log=logging_to(stream))) as client:
        for shown in headers:
            assert client.post("/admin", headers=shown).status_code == 503
            assert client.get("/ready", headers=shown).status_code == 200
        assert client.post("/push", headers=push_token()).status_code == 200
    assert toy.seen == ["/push"]
    assert "the store is gone" in stream.getvalue()
