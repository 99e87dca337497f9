"""The console in a real browser: people sign in, read the matrix and the slate, and nothing is blocked or fetched."""

import pytest
from playwright.sync_api import Browser

from propcast.service.access import Role
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.store import StateStore
from propcast.service.catalogue import SERVICES
from tests.apps.console.browsing import browser, free_ports, serving, visit
from tests.apps.console.stand import Stand
from tests.pipeline.conftest import NBA_DAY
from tests.service.auth.issuer import CLIENT_ID, CLIENT_SECRET, issuing

__all__ = ["browser"]

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}
SLATE = f"/slate?sport=nba&date={NBA_DAY}"


@pytest.mark.proves("X5", "X8")
def test_somebody_signs_in_reads_the_matrix_and_the_slate_and_signs_out(browser: Browser, stand: Stand) -> None:
    with serving(stand.site, stand) as base, visit(browser, base) as here:
        page = here.page
        here.sign_in()
        assert page.get_by_text("Nothing needs you.").is_visible()
        matrix = page.locator("#panel-services tbody tr:not(.notes)")
        assert matrix.locator("th").all_inner_texts() == [entry.shown_name for entry in SERVICES]
        assert set(matrix.locator(".overall").all_inner_texts()) == {"pass"}

        page.get_by_role("link", name="Slate", exact=True).click()
        page.goto(f"{base}{SLATE}")
        every = page.locator(".lines tbody tr").count()
        page.get_by_label("Market").select_option("points")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**market=points**")
        assert 0 < page.locator(".lines tbody tr").count() < every
        first = page.locator(".lines tbody tr th a").first
        name = first.inner_text()
        first.click()
        assert page.get_by_role("heading", level=1).inner_text().startswith(name)

        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        page.goto(f"{base}/today")
        assert "/sign-in" in page.url
    assert here.errors == []
    assert [url for url in here.asked if not url.startswith(base)] == []


@pytest.mark.proves("X5", "X8")
@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_signs_in_at_another_site_and_comes_back(browser: Browser, stand: Stand, scripts: bool) -> None:
    """The strict cookie of the session must survive that another site led here."""
    port = free_ports(1)
    with issuing(stand.site.clock.now(), "localhost") as issuer:
        issuer.shows_page = True
        stand.variables |= {
            "PROPCAST_SERVICE_URLS": f"admin-dashboard=http://127.0.0.1:{port}",
            "PROPCAST_OIDC_ISSUER": issuer.base,
            "PROPCAST_OIDC_CLIENT_ID": CLIENT_ID,
            "PROPCAST_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }
        Accounts(StateStore(stand.site.backends().state)).save_without_password("ana@example.com", Role.VIEWER)
        with serving(stand.site, stand, port) as base, visit(browser, base, java_script_enabled=scripts) as here:
            here.page.goto(f"{base}{SLATE}")
            here.page.get_by_role("link", name="Sign in with localhost").click()
            here.page.get_by_role("link", name="Continue").click()
            here.page.wait_for_url(f"{base}{SLATE}")
            assert here.page.get_by_text("ana@example.com").is_visible()
        assert here.errors == []
        assert [url for url in here.asked if not url.startswith((base, issuer.base))] == []


def test_a_panel_is_refreshed_in_its_place(browser: Browser, stand: Stand) -> None:
    with serving(stand.site, stand) as base, visit(browser, base) as here:
        here.sign_in()
        here.page.evaluate("document.getElementById('panel-ages').dataset.old = 'yes'")
        with here.page.expect_response("**/today/panels/ages"):
            here.page.evaluate("htmx.ajax('GET', '/today/panels/ages', {target: '#panel-ages', swap: 'outerHTML'})")
        here.page.wait_for_function("!document.getElementById('panel-ages').dataset.old")
        assert here.page.locator("#panel-ages").count() == 1
        assert here.page.locator("#panel-ages .as-of").is_visible()
    assert here.errors == []


@pytest.mark.proves("X8")
def test_everything_can_be_read_without_scripts(browser: Browser, stand: Stand) -> None:
    with serving(stand.site, stand) as base, visit(browser, base, java_script_enabled=False) as here:
        here.sign_in()
        assert here.page.locator("#panel-services tbody tr:not(.notes)").count() == len(SERVICES)
        assert here.page.locator("#panel-games .stage").count() > 0
        here.page.goto(f"{base}{SLATE}")
        assert here.page.locator(".lines tbody tr").count() > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_narrow_screen(browser: Browser, stand: Stand, scheme: str) -> None:
    with serving(stand.site, stand) as base, visit(browser, base, viewport=NARROW, color_scheme=scheme) as here:
        here.sign_in()
        for path in ("/today", SLATE):
            here.page.goto(f"{base}{path}")
            assert here.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
        here.page.locator(".lines tbody tr th a").first.click()
        assert here.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_the_keyboard_gets_to_the_content_first(browser: Browser, stand: Stand) -> None:
    with serving(stand.site, stand) as base, visit(browser, base) as here:
        here.sign_in()
        here.page.keyboard.press("Tab")
        assert here.page.evaluate("document.activeElement.textContent") == "Skip to content"
        here.page.keyboard.press("Enter")
        assert here.page.url.endswith("#main")
