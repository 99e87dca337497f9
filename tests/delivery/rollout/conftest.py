"""Worlds for rollouts."""

from pathlib import Path

import pytest

from propcast.delivery.judge.judging import judge
from tests.delivery.rollout.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with the real judge."""
    return make_world(tmp_path, judge)
