"""The targets under test: every conformance test runs on each of them."""

from datetime import UTC, datetime

import pytest

from propcast.core.clock import FixedClock
from tests.delivery.targets.rig import MemoryRig, Rig

pytest.register_assert_rewrite("tests.delivery.targets.conformance")


@pytest.fixture(params=["memory"])
def rig(request: pytest.FixtureRequest) -> Rig:
    return MemoryRig(FixedClock(datetime(2025, 10, 24, 12, tzinfo=UTC)))
