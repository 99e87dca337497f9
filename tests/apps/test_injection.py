"""Hostile texts in every place that takes a text: nothing is read, run, drawn or kept that should not be."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from propcast.service.access import Role
from propcast.service.catalogue import ADMIN_DASHBOARD, Entry
from tests.apps.rig import Running, Site, versions
from tests.apps.six import ENTRIES, unhurried

CORPUS = (
    "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "/etc/passwd",
    "file:///etc/passwd", "..\\..\\windows\\win.ini", "%00", "a\0b", "_delta_log/00000000000000000000.json",
    "secrets/PROPCAST_PUSH_KEY", "' OR '1'='1", "'; DROP TABLE batches; --", '" OR ""="',
    "1) UNION SELECT sql FROM sqlite_master --", "${jndi:ldap://x}", "{{1337*1337}}", "${1337*1337}", "#{1337*1337}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}", "<script>alert(1337)</script>",
    '"><img src=x onerror=alert(1337)>', "javascript:alert(1337)", "x\r\nX-Injected: yes",
    "x%0d%0aX-Injected:%20yes", "x\nSet-Cookie: propcast_session=x", "=1337*1337+cmd|'/c calc'!A0",
    "__import__('os').system('id')", "$(id)", "`id`", "\u202e\ufeff", "a" * 5000,
)  # fmt: skip
SIGNS = ("root:", "[fonts]", "CREATE TABLE", "Traceback", "/site-packages/", "1787569", "uid=", "k" * 48)
"""What an answer holds when a text was obeyed: a file, a schema, a trace, 1337 x 1337, a command's output, a secret."""


@dataclass(frozen=True)
class Ask:
    """One hostile request."""

    method: str
    path: str
    told: dict[str, Any]
    takes_push: bool


@pytest.mark.proves("S4")
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_no_text_is_obeyed(
    entry: Entry, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    site: Site = request.getfixturevalue("graded" if entry is ADMIN_DASHBOARD else "played")
    before = versions(site)
    with unhurried(entry, site) as app:
        credentials = {True: app.caller.push(), False: app.caller.key(Role.ADMIN)}
        asked = [*asks(app)]
        wrong = [found for ask in asked if (found := trouble(app, ask, credentials[ask.takes_push]))]
        record_property("counted", {"of": entry.name, "hostile texts": len(asked), "obeyed": len(wrong)})
        assert wrong == []
    assert versions(site) == before
    assert not [*site.home.parent.glob("*injected*")]


def trouble(app: Running, ask: Ask, credential: dict[str, str]) -> tuple[Any, ...] | None:
    """What is wrong with an answer; None where nothing is."""
    headers = {"Accept": "text/html", **credential, **ask.told.get("headers", {})}
    answer = app.client.request(ask.method, ask.path, **{**ask.told, "headers": headers})
    names = {name.lower() for name in answer.headers}
    signs = [sign for sign in SIGNS if sign in answer.text]
    is_drawn = "html" in answer.headers.get("content-type", "") and any(
        mark in answer.text for mark in ("<script>alert", "<img src=x", 'href="javascript:')
    )
    if (
        answer.status_code >= 500
        or signs
        or is_drawn
        or names & {"x-injected"}
        or "=x" in answer.headers.get("set-cookie", "")
    ):
        return ask.method, ask.path[:80], str(ask.told)[:120], answer.status_code, signs
    return None


def asks(app: Running) -> Iterator[Ask]:
    """Each text in each place: paths, queries, fields of bodies and forms, messages, and headers."""
    for path, methods in app.client.app.openapi()["paths"].items():
        for method, told in methods.items():
            for text in CORPUS:
                yield from of_operation(path, method.upper(), told, text)
    for text in CORPUS:
        shown = quote(text)
        yield Ask("GET", f"/static/{shown}", {}, takes_push=False)
        yield Ask("GET", f"/{shown}", {}, takes_push=False)
        header = text.encode("ascii", "ignore").decode().replace("\0", "").replace("\r", "").replace("\n", "")
        named = ("X-Correlation-Id", "traceparent", "X-Forwarded-For", "Host", "Referer", "User-Agent", "X-CSRF-Token")
        for name in named:
            yield Ask("GET", "/", {"headers": {name: header[:2000]}}, takes_push=False)


def of_operation(path: str, method: str, told: dict[str, Any], text: str) -> Iterator[Ask]:
    """One text in each place of one operation."""
    takes_push = "x-message" in told
    parameters = told.get("parameters", [])
    inside = [each["name"] for each in parameters if each["in"] == "path"]
    for name in inside:
        yield Ask(method, path.replace(f"{{{name}}}", quote(text, safe="")), {}, takes_push)
    plain = path
    for name in inside:
        plain = plain.replace(f"{{{name}}}", "games" if name == "name" else "0" * 24)
    for each in parameters:
        if each["in"] == "query":
            yield Ask(method, plain, {"params": {each["name"]: text}}, takes_push)
    if method == "POST":
        yield from of_body(plain, told, text, takes_push=takes_push)


def of_body(path: str, told: dict[str, Any], text: str, *, takes_push: bool) -> Iterator[Ask]:
    """One text as a body, in each field of a body, of a form and of a message."""
    kind = next(iter(told.get("requestBody", {}).get("content", {})), "")
    if kind.endswith("urlencoded"):
        for name in ("name", "password", "next", text):
            yield Ask(
                "POST", path, {"data": {"name": "admin", "password": "x", "next": "/today", name: text}}, takes_push
            )
        return
    yield Ask("POST", path, {"content": text.encode("utf-8", "ignore")}, takes_push)
    for name in ("sport", "game_day", "participant_id", "event_id", "batch_id", "reason", "first", "markets", text):
        yield Ask("POST", path, {"json": {"sport": "nba", "game_day": "1999-12-07", name: text}}, takes_push)
    if takes_push:
        for name in ("messageId", "publishTime", "data", "attributes", text):
            message = {
                "data": "e30=",
                "messageId": "1",
                "publishTime": "2025-07-01T12:00:00Z",
                "attributes": {text: text},
            }
            body = {"message": {**message, name: text}, "subscription": text}
            yield Ask("POST", path, {"content": json.dumps(body).encode()}, takes_push)
