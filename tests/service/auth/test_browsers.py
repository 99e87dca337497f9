"""People in a browser: changes come from our own pages, and those without a session are shown the door."""

import pytest

from propcast.service.access import Role
from propcast.service.auth.guard import Guard
from tests.service.auth.test_matrix import session_of
from tests.service.client import served
from tests.service.toys import Toy, api_key, conditions, push_token, toy_app, toy_service

PAGE = {"Accept": "text/html"}


@pytest.mark.proves("X5", "S1")
def test_a_change_with_a_session_needs_the_token_of_that_session() -> None:
    toy = Toy()
    mine = session_of(toy, Role.ADMIN)
    foreign = toy.sessions.csrf_token(toy.sessions.open("admin"))
    bare = {"Cookie": mine["Cookie"]}
    with served(toy_app(toy)) as client:
        for token in ("", "x", foreign, mine["X-CSRF-Token"][:-1]):
            assert client.post("/admin", headers=bare | {"X-CSRF-Token": token}).status_code == 403
        assert client.post("/admin", headers=bare).status_code == 403
        assert client.get("/read", headers=bare).status_code == 200
        assert client.post("/admin", headers=mine).status_code == 200
    assert toy.seen == ["/read", "/admin"]


@pytest.mark.proves("X5")
def test_the_token_of_an_earlier_session_is_stale() -> None:
    toy = Toy()
    old, new = session_of(toy, Role.ADMIN), session_of(toy, Role.ADMIN)
    with served(toy_app(toy)) as client:
        mixed = {"Cookie": new["Cookie"], "X-CSRF-Token": old["X-CSRF-Token"]}
        assert client.post("/admin", headers=mixed).status_code == 403


def test_a_form_may_carry_the_token_and_still_reaches_its_handler_whole() -> None:
    toy = Toy()
    mine = session_of(toy, Role.ADMIN)
    bare = {"Cookie": mine["Cookie"]}
    with served(toy_app(toy)) as client:
        sent = {"day": "2026-11-30", "csrf_token": mine["X-CSRF-Token"]}
        assert client.post("/form", headers=bare, data=sent).json() == sent
        assert client.post("/form", headers=bare, data={"day": "2026-11-30"}).status_code == 403
        assert client.post("/form", headers=bare, files={"csrf_token": (None, mine["X-CSRF-Token"])}).status_code == 403


@pytest.mark.parametrize(
    "sent_from",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
     {"Origin": "null"}],
)  # fmt: skip
def test_another_site_cannot_change_anything_not_even_without_a_session(sent_from: dict[str, str]) -> None:
    toy = Toy()
    with served(toy_app(toy)) as client:
        assert client.post("/admin", headers=session_of(toy, Role.ADMIN) | sent_from).status_code == 403
        assert client.post("/ask", json={"line": 1}, headers=sent_from).status_code == 403
    assert toy.seen == []


def test_our_own_pages_can_and_programs_need_no_token() -> None:
    toy = Toy()
    with served(toy_app(toy)) as client:
        own = session_of(toy, Role.ADMIN) | {"Origin": "https://toy.test", "Sec-Fetch-Site": "same-origin"}
        assert client.post("/admin", headers=own).status_code == 200
        assert client.post("/admin", headers=api_key(toy, Role.ADMIN)).status_code == 200
        assert client.post("/push", headers=push_token()).status_code == 200


def test_a_browser_without_a_session_is_sent_to_sign_in_and_comes_back() -> None:
    from dataclasses import replace

    from propcast.service.app import create_app

    toy = Toy()

    def guard(opened: Toy) -> Guard:
        return replace(opened.guard(), sign_in_path="/sign-in")

    with served(create_app(replace(toy_service(toy), guard=guard), conditions())) as client:
        answer = client.get("/read?day=2026-11-30", headers=PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/read%3Fday%3D2026-11-30")
        assert client.get("/read").status_code == 401
        assert client.post("/viewer", headers=PAGE).status_code == 401
