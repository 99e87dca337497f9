"""Signing in at an issuer: who has an account here gets in with its role, everybody else reads why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from propcast.apps.console.environment import OIDC_BACK, OIDC_BEGIN
from propcast.core.errors import InputError
from propcast.service.access import Role
from propcast.service.auth import outbound
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.attempts import LASTS
from propcast.service.auth.store import StateStore
from tests.apps.console.stand import PAGE, Page, Stand, console, sign_in
from tests.apps.rig import Running
from tests.service.auth.issuer import CLIENT_ID, CLIENT_SECRET, Issuer, issuing

ANA = "ana@example.com"


@dataclass
class Desk:
    """A console that knows an issuer."""

    found: Running
    issuer: Issuer

    @property
    def accounts(self) -> Accounts:
        return Accounts(StateStore(self.found.site.backends().state))

    def begin(self, onward: str = "/slate?sport=mlb&page=2") -> str:
        """Where the issuer is asked, with the cookie of this browser set."""
        answer = self.found.client.get(f"{OIDC_BEGIN}?next={quote(onward, safe='')}", headers=PAGE)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def at_issuer(self, address: str) -> str:
        """Sign in there; the path that the browser is sent back to."""
        back = urlsplit(httpx.get(address, trust_env=False).headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == f"http://127.0.0.1:8080{OIDC_BACK}"
        return f"{back.path}?{back.query}"

    def come(self, path: str) -> httpx.Response:
        return self.found.client.get(path, headers=PAGE)

    def try_once(self, **person: Any) -> httpx.Response:
        self.issuer.person = person
        return self.come(self.at_issuer(self.begin()))

    @property
    def is_in(self) -> bool:
        return self.found.client.get("/today", headers=PAGE).status_code == 200


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no silent issuer."""
    for name in ("SECONDS", "FORM_SECONDS"):
        monkeypatch.setattr(outbound, name, 20.0)


@pytest.fixture
def desk(stand: Stand) -> Iterator[Desk]:
    with issuing(stand.site.clock.now()) as issuer:
        stand.variables |= {
            "PROPCAST_OIDC_ISSUER": issuer.base,
            "PROPCAST_OIDC_CLIENT_ID": CLIENT_ID,
            "PROPCAST_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }
        with console(stand) as found:
            desk = Desk(found, issuer)
            desk.accounts.save_without_password(ANA, Role.OPERATOR)
            yield desk


def refused(answer: httpx.Response, code: int, words: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (code, "text/html; charset=utf-8")
    assert words in " ".join(answer.text.split())
    assert "propcast_session" not in answer.headers.get("set-cookie", "")


@pytest.mark.proves("X5")
def test_who_has_an_account_gets_in_with_its_role(desk: Desk) -> None:
    answer = desk.try_once(email="Ana@Example.com")
    assert answer.status_code == 200
    assert 'content="0; url=/slate?sport=mlb&amp;page=2"' in answer.text
    assert any(told.get("href") == "/slate?sport=mlb&page=2" for _, told in Page(answer.text).tags)
    today = desk.come("/today").text
    assert ANA in today
    assert "operator" in today
    desk.accounts.disable(ANA)
    assert not desk.is_in


def test_what_the_issuer_is_asked_and_what_comes_with_the_code(desk: Desk) -> None:
    address = desk.begin()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert {"response_type": "code", "client_id": CLIENT_ID, "scope": "openid email", "code_challenge_method": "S256",
            "redirect_uri": f"http://127.0.0.1:8080{OIDC_BACK}"}.items() <= asked.items()  # fmt: skip
    desk.come(desk.at_issuer(address))
    (form,) = desk.issuer.exchanged
    assert len({asked["state"], asked["nonce"], asked["code_challenge"], form["code_verifier"]}) == 4
    assert CLIENT_SECRET not in address
    assert CLIENT_SECRET not in desk.found.site.logged.getvalue()
    assert form["code"] not in desk.found.site.logged.getvalue()


def test_the_cookies_of_the_way_are_kept_from_scripts_and_the_session_from_other_sites(desk: Desk) -> None:
    begun = desk.found.client.get(OIDC_BEGIN, headers=PAGE)
    there = begun.headers["set-cookie"].lower()
    assert "httponly" in there
    assert "samesite=lax" in there
    cookies = [
        each.lower() for each in desk.come(desk.at_issuer(begun.headers["location"])).headers.get_list("set-cookie")
    ]
    assert ["samesite=lax" in each or "samesite=strict" in each for each in cookies] == [True, True]
    assert [each for each in cookies if each.startswith("propcast_attempt=") and "max-age=0" in each]
    assert [each for each in cookies if each.startswith("propcast_session=") and "samesite=strict" in each]


BAD_PEOPLE: dict[str, tuple[dict[str, Any], int, str]] = {
    "a stranger": ({"email": "bob@example.com"}, 403, "bob@example.com; that is no account here"),
    "a look-alike": ({"email": "\u212aim@example.com"}, 403, "that is no account here"),
    "the local administrator's name": ({"email": "admin"}, 403, "that is no account here"),
    "e-mail not verified": ({"email_verified": False}, 403, "has not verified your e-mail"),
    "no e-mail": ({"email": None}, 403, "has not verified your e-mail"),
    "wrong nonce": ({"nonce": "another"}, 401, "proves nothing"),
    "no nonce": ({"nonce": None}, 401, "proves nothing"),
    "wrong audience": ({"aud": "another-client"}, 401, "proves nothing"),
    "a second audience": ({"aud": [CLIENT_ID, "another-client"]}, 401, "proves nothing"),
    "wrong issuer": ({"iss": "https://evil.test"}, 401, "proves nothing"),
    "expired": ({"exp": 1_500_000_000}, 401, "proves nothing"),
    "not yet valid": ({"iat": 4_000_000_000, "exp": 4_000_000_100}, 401, "proves nothing"),
}


@pytest.mark.proves("S1", "X5")
@pytest.mark.parametrize(("person", "code", "words"), BAD_PEOPLE.values(), ids=BAD_PEOPLE)
def test_nobody_else_gets_in_and_each_reads_why(desk: Desk, person: dict[str, Any], code: int, words: str) -> None:
    desk.accounts.save_without_password("kim@example.com", Role.ADMIN)
    refused(desk.try_once(**person), code, words)
    assert not desk.is_in


@pytest.mark.proves("X5")
def test_a_state_is_good_once_in_the_browser_that_began_and_for_ten_minutes(desk: Desk) -> None:
    words = "begun too long ago, in another browser, or is finished already"
    back = desk.at_issuer(desk.begin())
    cookies = desk.found.client._http.cookies
    kept = str(cookies["propcast_attempt"])
    cookies.set("propcast_attempt", "another", domain="toy.test", path="/")
    refused(desk.come(back), 401, words)
    cookies.clear()
    refused(desk.come(back), 401, words)
    cookies.set("propcast_attempt", kept, domain="toy.test", path="/")
    assert desk.come(back).status_code == 200
    cookies.set("propcast_attempt", kept, domain="toy.test", path="/")
    refused(desk.come(back), 401, words)
    refused(desk.come(f"{OIDC_BACK}?code=x&state=made-up"), 401, words)
    refused(desk.come(OIDC_BACK), 401, words)
    assert len(desk.issuer.exchanged) == 1
    late = desk.at_issuer(desk.begin())
    desk.found.site.clock.instant += LASTS
    refused(desk.come(late), 401, words)


def test_an_answer_of_another_issuer_or_a_refusal_is_not_gone_on_with(desk: Desk) -> None:
    mixed = desk.at_issuer(desk.begin()).replace(quote(desk.issuer.base, safe=""), quote("https://evil.test", safe=""))
    refused(desk.come(mixed), 401, "did not sign you in")
    state = parse_qs(urlsplit(desk.begin()).query)["state"][0]
    refused(desk.come(f"{OIDC_BACK}?error=access_denied&state={state}"), 401, "did not sign you in")
    state = parse_qs(urlsplit(desk.begin()).query)["state"][0]
    refused(desk.come(f"{OIDC_BACK}?code=stolen&state={state}"), 401, "proves nothing")
    assert len(desk.issuer.exchanged) == 1


@pytest.mark.parametrize(
    "onward", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/a\nb"]
)
def test_nobody_is_led_to_another_site(desk: Desk, onward: str) -> None:
    answer = desk.come(desk.at_issuer(desk.begin(onward)))
    assert 'content="0; url=/today"' in answer.text
    assert "evil" not in answer.text


@pytest.mark.proves("L54")
def test_a_silent_issuer_is_said_to_be_silent_and_accounts_of_here_go_on(desk: Desk) -> None:
    back = desk.at_issuer(desk.begin())
    desk.issuer.status = 500
    answer = desk.come(back)
    refused(answer, 503, "does not answer now. Try again, or sign in with name and password.")
    assert answer.headers["retry-after"] == "5"
    assert sign_in(desk.found).status_code == 303
    assert desk.is_in


def test_beginning_is_counted_per_address(desk: Desk) -> None:
    codes = [desk.found.client.get(OIDC_BEGIN, headers=PAGE).status_code for _ in range(11)]
    assert codes == [303] * 10 + [429]


def test_an_account_without_a_password_has_none(desk: Desk) -> None:
    for password in ("", "nobody's password", "x" * 12):
        assert sign_in(desk.found, name=ANA, password=password).status_code == 401


def test_the_page_offers_the_issuer_only_where_one_is_configured(stand: Stand, desk: Desk) -> None:
    host = urlsplit(desk.issuer.base).netloc
    page = Page(desk.come("/sign-in?next=/slate%3Fsport%3Dmlb").text)
    assert ("a", {"class": "button", "href": "/sign-in/oidc?next=/slate%3Fsport%3Dmlb"}) in page.tags
    assert f"Sign in with {host}" in desk.come("/sign-in").text
    stand.variables.clear()
    for name in [name for name in stand.site.variables if "OIDC" in name]:
        del stand.site.variables[name]
    with console(stand) as without:
        assert "Sign in with" not in without.client.get("/sign-in", headers=PAGE).text
        assert without.client.get(OIDC_BEGIN).status_code == 404


@pytest.mark.parametrize(("variables", "words"), [
    ({"PROPCAST_OIDC_ISSUER": "https://id.example"}, "go together"),
    ({"PROPCAST_OIDC_ISSUER": "http://id.example", "PROPCAST_OIDC_CLIENT_ID": "x"}, "asked over https"),
    ({"PROPCAST_OIDC_ISSUER": "https://id.example", "PROPCAST_OIDC_CLIENT_ID": "x"}, "PROPCAST_OIDC_CLIENT_SECRET"),
])  # fmt: skip
def test_half_a_configuration_is_none(stand: Stand, variables: dict[str, str], words: str) -> None:
    site = stand.site
    site.variables |= variables
    with pytest.raises(InputError, match=words):
        stand.open(site.environ, site.clock)
