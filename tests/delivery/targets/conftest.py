"""The targets under test: every conformance test runs on each of them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from propcast.core.clock import FixedClock
from tests.delivery.targets.rig import LocalRig, MemoryRig, Rig

pytest.register_assert_rewrite("tests.delivery.targets.conformance")

NO_ROUTER = "needs HAProxy; apt-get install haproxy"


@pytest.fixture(params=["memory", "local"])
def rig(request: pytest.FixtureRequest) -> Rig:
    if request.param == "memory":
        return MemoryRig(FixedClock(datetime(2025, 10, 24, 12, tzinfo=UTC)))
    found: Rig = request.getfixturevalue("local")
    return found


@pytest.fixture(scope="session")
def local_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRig]:
    """A target on this machine: its agent takes a second to start, so there is one for all tests."""
    if not (shutil.which("haproxy") or Path("/usr/sbin/haproxy").exists()):
        pytest.skip(NO_ROUTER)
    made = LocalRig(tmp_path_factory.mktemp("local"))
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def local(local_once: LocalRig) -> Iterator[LocalRig]:
    """An empty target on this machine."""
    yield local_once
    local_once.clear()
