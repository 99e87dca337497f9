"""Every push route of every service x every token of Google's that is not the right one: refused, and never handled."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from propcast.backends.google.accounts import account
from propcast.service.auth import outbound
from propcast.service.auth.google import google_bearers
from propcast.service.auth.guard import Guard
from propcast.service.auth.id_tokens import Description, tokens_of
from propcast.service.catalogue import PREDICTION_COORDINATOR, Entry
from propcast.service.limits import Limits
from propcast.service.paths import ALL
from propcast.service.routes import tabulate
from propcast.service.topics import DEAD_LETTERS, ROUTES
from tests.apps.rig import NOW, Running, Site, envelope, running
from tests.apps.six import ENTRIES, declared
from tests.service.auth.issuer import Issuer, issuing
from tests.service.toys import HandTimer

PROJECT = "toys"
PUSHER = account("push", "production", PROJECT)
PATIENT = Limits(check_s=60.0)


@dataclass
class Door:
    """One running service that believes one issuer alone."""

    app: Running
    issuer: Issuer

    @property
    def audience(self) -> str:
        return self.app.entry.local_url

    def token(self, **told: Any) -> str:
        return self.issuer.token(**{"audience": self.audience, "email": PUSHER, **told})

    def push(self, path: str, headers: dict[str, str]) -> int:
        return self.app.client.post(path, content=b"{}", headers=headers).status_code

    def paths(self) -> list[str]:
        table = tabulate(self.app.client.app.routes, ALL, "local")
        return sorted(place.path for place in table.places if place.rule.push)


def tampered(door: Door) -> str:
    header, _, signature = door.token().split(".")
    claims = json.dumps(door.issuer.claims(door.audience, email=PUSHER, sub="2")).encode()
    return f"{header}.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.{signature}"


AT = NOW.timestamp()
BAD: dict[str, Callable[[Door], str]] = {
    "forged": tampered,
    "signed by another key": lambda door: door.token(key="stranger", kid="first"),
    "unknown key": lambda door: door.token(key="stranger"),
    "expired": lambda door: door.token(iat=AT - 3700, exp=AT - 100),
    "not yet valid": lambda door: door.token(nbf=AT + 100),
    "wrong audience": lambda door: door.token(audience="https://another.example"),
    "wrong issuer": lambda door: door.token(iss="https://accounts.google.com"),
    "wrong e-mail": lambda door: door.token(email="somebody@example.com"),
    "account of another environment": lambda door: door.token(email=account("push", "staging", PROJECT)),
    "e-mail not verified": lambda door: door.token(email_verified=False),
    "no e-mail": lambda door: door.token(email=None),
    "token of one machine": lambda door: door.app.caller.push()["Authorization"].removeprefix("Bearer "),
    "no token at all": lambda _: "",
}


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry.name)
def door(request: pytest.FixtureRequest, empty: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr(outbound, "SECONDS", 30.0)  # a busy machine is no silent issuer
    entry: Entry = request.param
    with issuing(NOW) as issuer:
        bearers = google_bearers(
            tokens_of(Description(issuer.base), empty.clock, HandTimer()), entry.local_url, "production", PROJECT
        )
        service = declared(entry, empty)

        def guard(environment: Any) -> Guard:
            return replace(service.guard(environment), bearers=bearers, limiter=None)

        with running(empty, replace(service, guard=guard), limits=PATIENT) as app:
            yield Door(app, issuer)


@pytest.mark.proves("S1", "S3", "L53")
def test_a_push_is_taken_from_the_account_of_the_subscriptions_alone(door: Door) -> None:
    routed = {route.path for route in ROUTES if route.service is door.app.entry}
    dead = {DEAD_LETTERS} if door.app.entry is PREDICTION_COORDINATOR else set()
    assert {*door.paths()} == routed | dead, "every route of a push is in this matrix"
    for path in door.paths():
        good = door.push(path, {"Authorization": f"Bearer {door.token()}"})
        assert good not in (401, 403, 500, 503), path
        found = {name: door.push(path, {"Authorization": f"Bearer {make(door)}"}) for name, make in BAD.items()}
        assert found == dict.fromkeys(BAD, 401), path
        assert door.push(path, {}) == 401, path
        assert door.push(path, {"X-Goog-Authenticated-User-Email": PUSHER}) == 401, path
    assert door.issuer.asked.count("/keys") == 1, "keys are kept"


@pytest.mark.proves("S1")
def test_the_account_of_a_service_may_not_push(door: Door) -> None:
    """But where the same path takes calls of services too."""
    caller = {"Authorization": f"Bearer {door.token(email=account('precompute-processor', 'production', PROJECT))}"}
    found = {path: door.push(path, caller) for path in door.paths()}
    both = {"/start"}
    assert {path: code for path, code in found.items() if path not in both} == {
        path: 403 for path in found if path not in both
    }


def test_a_token_that_is_not_good_reaches_no_handler(door: Door) -> None:
    before = door.app.site.logged.getvalue().count("delivery_handled")
    body = envelope({"schema_version": 1})
    for path in door.paths():
        told = {"Authorization": f"Bearer {BAD['forged'](door)}"}
        assert door.app.client.post(path, content=body, headers=told).status_code == 401
    assert door.app.site.logged.getvalue().count("delivery_handled") == before
