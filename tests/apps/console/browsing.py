"""Chromium, its windows, and a console that it can reach."""

import asyncio
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from propcast.apps import admin_dashboard
from propcast.service.app import create_app
from tests.apps.console.stand import PASSWORD, Stand
from tests.apps.rig import Site
from tests.service.test_serving import running

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), "")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def serving(site: Site, stand: Stand, port: int = 0) -> Iterator[str]:
    """The console on a port, a free one unless it is told, in a thread of its own; gives its address."""
    site.variables |= {"PROPCAST_ADMIN_PASSWORD": PASSWORD, **stand.variables}
    service = admin_dashboard.service(site.environ)
    app = create_app(replace(service, open=partial(stand.open, clock=site.clock)), site.conditions(service.entry))
    address: list[str] = []
    up, over = threading.Event(), threading.Event()

    async def scenario() -> None:
        async with running(app, port) as (_, url):
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
    password: str = PASSWORD
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
        self.page.get_by_label("Password").fill(self.password)
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
def visit(browser: Browser, base: str, password: str = PASSWORD, **differently: object) -> Iterator[Visit]:
    context = browser.new_context(**differently)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    try:
        yield Visit(context.new_page(), base, password).watch()
    finally:
        context.close()


def free_ports(many: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    for first in range(21_080, 60_000, 100):
        with ExitStack() as taken:
            try:
                for port in range(first, first + many):
                    taken.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no ports are free")
