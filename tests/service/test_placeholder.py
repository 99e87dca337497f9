"""The placeholder of a new service is alive, and does nothing for anybody."""

import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from propcast.service import placeholder


@pytest.fixture
def address() -> Iterator[str]:
    """Where a placeholder listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), placeholder.Placeholder) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def code(url: str, method: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, data=None), timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_it_is_alive(address: str, method: str) -> None:
    assert code(f"{address}/health", method) == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/ready", "/health/deep", "/predict", "/health?x"])
def test_everything_else_is_not_there_yet(address: str, path: str, method: str) -> None:
    assert code(f"{address}{path}", method) == 503


def test_it_needs_nothing_that_an_image_might_lack() -> None:
    text = Path(placeholder.__file__).read_text(encoding="utf-8")
    imported = re.findall(r"^(?:import|from) ([\w]+)", text, re.MULTILINE)
    assert set(imported) <= sys.stdlib_module_names
