"""The targets under test: every conformance test runs on each of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from propcast.core.clock import FixedClock
from propcast.core.errors import NotReady
from propcast.delivery.targets.local.router import executable
from tests.delivery.targets.rig import LocalRig, MemoryRig, Rig

pytest.register_assert_rewrite("tests.delivery.targets.conformance")


def require_router() -> None:
    """Skip where there is no HAProxy."""
    try:
        executable()
    except NotReady as error:
        pytest.skip(str(error))


@pytest.fixture(params=["memory", "local"])
def rig(request: pytest.FixtureRequest) -> Rig:
    if request.param == "memory":
        return MemoryRig(FixedClock(datetime(2025, 10, 24, 12, tzinfo=UTC)))
    found: Rig = request.getfixturevalue("local")
    return found


@pytest.fixture(scope="session")
def local_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRig]:
    """A target on this machine: its agent takes a second to start, so there is one for all tests."""
    require_router()
    made = LocalRig(tmp_path_factory.mktemp("local"))
    yield made
    made.end()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[LocalRig]:
    """A target on this machine where nothing was ever asked."""
    require_router()
    made = LocalRig(tmp_path)
    yield made
    made.end()


@pytest.fixture
def local(local_once: LocalRig) -> Iterator[LocalRig]:
    """An empty target on this machine."""
    yield local_once
    local_once.clear()
