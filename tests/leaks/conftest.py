"""The worlds, built once per worker; a test that asks for `world` runs in the league and, if present, in history."""

from pathlib import Path

import pytest

from tests.leaks.worlds import World, history_world, league_world


@pytest.fixture(scope="session")
def league(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The hand-written leagues after some days."""
    return league_world(tmp_path_factory.mktemp("league") / "home")


@pytest.fixture(scope="session")
def past(history: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The real history after some days."""
    return history_world(history, tmp_path_factory.mktemp("past") / "home")


@pytest.fixture(
    params=["league", pytest.param("past", marks=[pytest.mark.history, pytest.mark.xdist_group("history")])],
)
def world(request: pytest.FixtureRequest) -> World:
    """Either world."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, World)
    return found
