"""Sites that hold the hand-written leagues, with the bus declared."""

from pathlib import Path

import pytest

from propcast.backends.compose import Backends
from tests.apps.rig import Site
from tests.pipeline.conftest import (  # noqa: F401 - fixtures
    empty_home,
    few_trees,
    graded_home,
    graded_template,
    league_home,
    played_home,
    played_home_elsewhere,
    played_template,
    raw_template,
    trained_home,
    trained_template,
)


def site_of(backends: Backends) -> Site:
    return Site(Path(backends.settings.home)).declare_bus()


@pytest.fixture
def empty(empty_home: Backends) -> Site:  # noqa: F811
    """A site with nothing in it."""
    return site_of(empty_home)


@pytest.fixture
def league(league_home: Backends) -> Site:  # noqa: F811
    """A site that holds both leagues' raw tables."""
    return site_of(league_home)


@pytest.fixture
def played(played_home: Backends) -> Site:  # noqa: F811
    """A site in which one day of each sport has run."""
    return site_of(played_home)


@pytest.fixture
def trained(trained_home: Backends) -> Site:  # noqa: F811
    """A site with a model of points."""
    return site_of(trained_home)
