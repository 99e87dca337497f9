"""The demo itself in a real browser: somebody signs in, reads the six services and the slate, and sees SIMULATED.

The test makes a world of its own, which takes a few minutes. `PROPCAST_DEMO_URL` names a demo that runs already, in the
home `PROPCAST_HOME` (default `.propcast/demo`); with `PROPCAST_DEMO_IMAGES` the pages are kept there as pictures.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from propcast.backends.secrets.local import ADMIN_PASSWORD
from propcast.service.catalogue import SERVICES
from tests.apps.console.browsing import CHROMIUM, browser, free_ports, visit

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1_500)]

ROOT = Path(__file__).parents[3]
OPENS_WITHIN_S, ENDS_WITHIN_S = 1_200.0, 120.0
COMMAND = ["/bin/bash", "scripts/demo.sh"]
SETTLES_MS = 120_000
"""The page asks the services again by itself; on a busy machine some are late at first."""
SCREEN = {"width": 1280, "height": 860}


@dataclass(frozen=True)
class Demo:
    """A demo that runs."""

    url: str
    home: Path

    @property
    def password(self) -> str:
        return (self.home / "secrets" / ADMIN_PASSWORD).read_text(encoding="utf-8").strip()


@contextmanager
def started(home: Path, told: Path) -> Iterator[Demo]:
    """The demo of this checkout in a home and on ports of its own; told to stop, it ends well and leaves nobody."""
    port = free_ports(len(SERVICES))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PROPCAST_")}
    environ = {**plain, "PROPCAST_HOME": str(home), "PROPCAST_BASE_PORT": str(port)}
    with told.open("wb") as output:
        script = subprocess.Popen(  # noqa: S603 - a script of this repository
            COMMAND,
            cwd=ROOT,
            env=environ,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        until_open(script, told)
        yield Demo(f"http://127.0.0.1:{port}", home)
    finally:
        if script.poll() is None:
            script.send_signal(signal.SIGTERM)
        try:
            code = script.wait(ENDS_WITHIN_S)
        finally:
            ended(script.pid)
    assert code == 0, told.read_text(encoding="utf-8", errors="replace")[-2_000:]
    assert [n for n in range(port, port + len(SERVICES)) if is_taken(n)] == []


def is_taken(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def until_open(script: subprocess.Popen[bytes], told: Path) -> None:
    """Wait for what the demo prints when its console is open."""
    ends = time.monotonic() + OPENS_WITHIN_S
    while "Ctrl-C ends everything" not in told.read_text(encoding="utf-8", errors="replace"):
        said = told.read_text(encoding="utf-8", errors="replace")[-2_000:]
        assert script.poll() is None, said
        assert time.monotonic() < ends, said
        time.sleep(0.5)


def ended(group: int) -> None:
    """End whatever is left of the script."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed; `apt-get install chromium` lets this test run")
    if url := os.environ.get("PROPCAST_DEMO_URL"):
        yield Demo(url.rstrip("/"), Path(os.environ.get("PROPCAST_HOME", ROOT / ".propcast" / "demo")))
        return
    folder = tmp_path_factory.mktemp("demo")
    with started(folder / "home", folder / "told.txt") as found:
        yield found


def test_somebody_signs_in_on_the_demo_and_reads_the_matrix_and_the_slate(browser: Browser, demo: Demo) -> None:
    with visit(browser, demo.url, demo.password, viewport=SCREEN, color_scheme="light") as here:
        page = here.page
        here.sign_in()
        matrix = page.locator("#panel-services tbody tr:not(.notes)")
        expect(matrix.locator("th")).to_have_text([entry.shown_name for entry in SERVICES], timeout=SETTLES_MS)
        expect(matrix.filter(has_text="unreachable")).to_have_count(0, timeout=SETTLES_MS)
        assert page.locator("#panel-games .stage").count() > 0
        assert page.get_by_role("note").filter(has_text="SIMULATED").is_visible()
        kept(page.screenshot(), "today.png")

        page.get_by_role("link", name="Slate", exact=True).click()
        page.wait_for_url("**/slate**")
        assert page.locator(".lines tbody tr").count() > 20
        assert page.get_by_role("note").filter(has_text="SIMULATED").is_visible()
        kept(page.screenshot(), "slate.png")
    assert here.errors == []
    assert [url for url in here.asked if not url.startswith(demo.url)] == []


def kept(picture: bytes, name: str) -> None:
    """Keep a picture where the environment asks for it."""
    if folder := os.environ.get("PROPCAST_DEMO_IMAGES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / name).write_bytes(picture)
