"""The console in a real browser: people sign in, read the matrix and the slate, and nothing is blocked or fetched."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from propcast.apps import admin_dashboard
from propcast.service.app import create_app
from propcast.service.catalogue import SERVICES
from tests.apps.console.stand import PASSWORD, Stand
from tests.apps.rig import Site
from tests.pipeline.conftest import NBA_DAY
from tests.service.test_serving import running

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), "")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NARROW = {"width": 390, "height": 844}
SLATE = f"/slate?sport=nba&date={NBA_DAY}"


@contextmanager
def serving(site: Site, stand: Stand) -> Iterator[str]:
    """The console on a free port, in a thread of its own; gives its address."""
    site.variables["PROPCAST_ADMIN_PASSWORD"] = PASSWORD
    service = admin_dashboard.service(site.environ)
    app = create_app(replace(service, open=partial(stand.open, clock=site.clock)), site.conditions(service.entry))
    address: list[str] = []
    up, over = threading.Event(), threading.Event()

    async def scenario() -> None:
        async with running(app) as (_, url):
            address.append(url)
            up.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(scenario()))
    thread.start()
    try:
        assert up.wait(60), "the console did not start"
        yield address[0]
    finally:
        over.set()
        thread.join()


@dataclass
class Visit:
    """One window of the browser, and everything that went wrong in it."""

    page: Page
    base: str
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self) -> "Visit":
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        return self

    def sign_in(self) -> None:
        self.page.goto(f"{self.base}/")
        self.page.get_by_label("Name").fill("admin")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/today")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed; `apt-get install chromium` lets this test run")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, base: str, **differently: object) -> Iterator[Visit]:
    context = browser.new_context(**differently)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    try:
        yield Visit(context.new_page(), base).watch()
    finally:
        context.close()


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
