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


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalRig]:
    """A target on this machine."""
    if not (shutil.which("haproxy") or Path("/usr/sbin/haproxy").exists()):
        pytest.skip(NO_ROUTER)
    made = LocalRig(tmp_path)
    try:
        yield made
    finally:
        made.end()
