"""How people come in and go, and no change from another site's page; who reaches what is in the matrix of all six."""

from datetime import timedelta

import pytest

from propcast.service.access import Role
from propcast.service.auth.sessions import LIFETIME
from tests.apps.console.stand import PAGE, Stand, console, csrf_of, sign_in, viewer
from tests.pipeline.conftest import NBA_DAY

READING = (
    "/today", "/today.json", "/today.csv", "/today/panels/games", "/slate", f"/slate.json?date={NBA_DAY}",
    f"/slate.csv?date={NBA_DAY}", "/predictions/0123456789", "/predictions/0123456789.json",
    "/predictions/0123456789.csv",
)  # fmt: skip
OPEN = ("/sign-in", "/static/console.css", "/static/htmx.min.js", "/health", "/ready")
REACHED = frozenset({200, 303, 404, 409, 503})


@pytest.mark.proves("X5")
def test_open_paths_need_nothing(stand: Stand) -> None:
    with console(stand) as found:
        assert {found.client.get(path).status_code for path in OPEN} <= {200, 503}


@pytest.mark.proves("X5")
@pytest.mark.parametrize("path", READING)
def test_reading_is_open_to_anyone_only_where_the_variable_says_so(stand: Stand, path: str) -> None:
    stand.public = True
    with console(stand) as found:
        assert found.client.get(path).status_code in REACHED
        assert found.client.post("/sign-out").status_code == 401
        assert found.client.post("/slate-published").status_code == 401


@pytest.mark.proves("X5")
def test_the_bus_pushes_and_nobody_else_does(stand: Stand) -> None:
    about = {"schema_version": 1, "sport": "nba", "game_day": str(NBA_DAY), "published_at": "2024-12-07T17:00:00Z"}
    ids = {"batch_id": "0" * 24, "publication": "0" * 24, "amendment": 0}
    data = {**about, **ids, "state": "published", "counts": {}}
    with console(stand) as found:
        assert found.push("/slate-published", data).status_code == 204
        assert found.client.post("/slate-published", headers=found.caller.key(Role.ADMIN)).status_code == 403


def test_a_browser_without_a_session_is_led_to_the_form_and_back(stand: Stand) -> None:
    with console(stand) as found:
        answer = found.client.get("/slate?sport=mlb&page=2", headers=PAGE)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=/slate%3Fsport%3Dmlb%26page%3D2"
        form = found.client.get(answer.headers["location"], headers=PAGE)
        assert 'value="/slate?sport=mlb&amp;page=2"' in form.text
        done = sign_in(found, next="/slate?sport=mlb&page=2")
        assert (done.status_code, done.headers["location"]) == (303, "/slate?sport=mlb&page=2")


@pytest.mark.parametrize("next_", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/a\nb"])
def test_nobody_is_led_to_another_site(stand: Stand, next_: str) -> None:
    with console(stand) as found:
        assert sign_in(found, next=next_).headers["location"] == "/today"


@pytest.mark.proves("X5")
def test_signing_out_needs_the_token_of_this_session(stand: Stand) -> None:
    with console(stand) as found:
        sign_in(found)
        stale = csrf_of(found.client.get("/today", headers=PAGE).text)
        found.client.post("/sign-out", data={"csrf_token": stale})
        sign_in(found)
        fresh = csrf_of(found.client.get("/today", headers=PAGE).text)
        assert found.client.post("/sign-out").status_code == 403
        assert found.client.post("/sign-out", data={"csrf_token": stale}).status_code == 403
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert found.client.post("/sign-out", data={"csrf_token": fresh}, headers=foreign).status_code == 403
        assert found.client.get("/today", headers=PAGE).status_code == 200
        assert found.client.post("/sign-out", data={"csrf_token": fresh}).headers["location"] == "/sign-in"
        assert found.client.get("/today", headers=PAGE).status_code == 303


@pytest.mark.proves("X5")
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}])
def test_no_other_site_signs_anybody_in(stand: Stand, headers: dict[str, str]) -> None:
    with console(stand) as found:
        data = {"name": "admin", "password": "correct-horse-battery"}
        answer = found.client.post("/sign-in", data=data, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_a_session_ends_on_the_server_too(stand: Stand) -> None:
    with console(stand) as found:
        cookie = {"Cookie": sign_in(found).headers["set-cookie"].split(";")[0], **PAGE}
        token = csrf_of(found.client.get("/today", headers=PAGE).text)
        found.client.post("/sign-out", data={"csrf_token": token})
        assert found.client.get("/today", headers=cookie).status_code == 303


def test_a_session_lasts_twelve_hours(stand: Stand) -> None:
    with console(stand) as found:
        sign_in(found)
        stand.site.clock.instant += LIFETIME - timedelta(seconds=1)
        assert found.client.get("/today", headers=PAGE).status_code == 200
        stand.site.clock.instant += timedelta(seconds=1)
        assert found.client.get("/today", headers=PAGE).status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(stand: Stand) -> None:
    with console(stand) as found:
        cookie = sign_in(found).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_wrong_password_shows_the_form_again_without_the_password(stand: Stand) -> None:
    with console(stand) as found:
        answer = sign_in(found, password="wrong-hunter2-wrong")  # noqa: S106
        assert answer.status_code == 401
        assert "Name or password is wrong." in answer.text
        assert 'value="admin"' in answer.text
        assert "hunter2" not in answer.text


def test_guessing_is_slowed_down(stand: Stand) -> None:
    with console(stand) as found:
        codes = [sign_in(found, password="not-this-one-either").status_code for _ in range(11)]  # noqa: S106
        assert codes == [401] * 10 + [429]
        assert sign_in(found).status_code == 429


def test_a_panel_that_is_refreshed_without_a_session_asks_for_the_whole_page(stand: Stand) -> None:
    with console(stand) as found:
        answer = found.client.get("/sign-in", headers={**PAGE, "HX-Request": "true"})
    assert answer.headers["hx-refresh"] == "true"
    assert answer.content == b""


def test_whoever_is_signed_in_goes_on_from_the_form(stand: Stand) -> None:
    with console(stand) as found:
        sign_in(found)
        assert found.client.get("/sign-in?next=/slate", headers=PAGE).headers["location"] == "/slate"


def test_a_problem_is_a_page_for_people_and_a_problem_detail_for_programs(stand: Stand) -> None:
    with console(stand) as found:
        key = viewer(found)
        page = found.client.get("/slate?market=nonsense", headers=key)
        assert page.status_code == 422
        assert page.headers["content-type"].startswith("text/html")
        assert "unknown market" in page.text
        detail = found.client.get("/slate.json?market=nonsense", headers={**key, "Accept": "application/json"})
        assert detail.headers["content-type"] == "application/problem+json"
        forbidden = found.client.get("/today", headers={**PAGE, **found.caller.push()})
        assert forbidden.status_code == 403
        assert "<h1>Forbidden</h1>" in forbidden.text
