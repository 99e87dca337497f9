"""The worlds, each built once, by the first worker that needs it; a test that asks for `world` runs in both."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from propcast.backends.locks import exclusive
from tests.leaks.worlds import World, history_world, league_world


def shared_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all workers of this run have in common."""
    base = factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name


def built_once(folder: Path, build: Callable[[Path], World]) -> World:
    with exclusive(folder.with_suffix(".lock")):
        return build(folder)


@pytest.fixture(scope="session")
def league(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The hand-written leagues after some days."""
    return built_once(shared_folder(tmp_path_factory, "leak-league"), league_world)


@pytest.fixture(scope="session")
def past(history: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The real history after some days."""
    return built_once(shared_folder(tmp_path_factory, "leak-history"), lambda home: history_world(history, home))


@pytest.fixture(params=["league", pytest.param("past", marks=pytest.mark.history)])
def world(request: pytest.FixtureRequest) -> World:
    """Either world."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, World)
    return found
