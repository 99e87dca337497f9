"""Sites that hold the hand-written leagues, with the bus declared."""

import shutil
from pathlib import Path

import pytest

from propcast.backends.compose import Backends
from propcast.core.sport import Sport
from propcast.pipeline.stages import build_day_analytics, build_day_features
from tests.apps.rig import Site
from tests.pipeline.conftest import (  # noqa: F401 - fixtures
    MLB_DAY,
    NBA_DAY,
    empty_home,
    few_trees,
    graded_home,
    graded_template,
    league_home,
    open_home,
    played_home,
    played_home_elsewhere,
    played_template,
    raw_template,
    trained_home,
    trained_template,
)


@pytest.fixture(scope="session")
def featured_template(raw_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A home in which the features of one day of each sport stand and nothing is forecast, to be copied."""
    home = tmp_path_factory.mktemp("featured") / "home"
    shutil.copytree(raw_template, home)
    backends = open_home(home)
    for sport, day in ((Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)):
        build_day_analytics(backends, sport, day)
        build_day_features(backends, sport, day)
    return home


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
def featured(featured_template: Path, tmp_path: Path) -> Site:
    """A site in which the features of one day of each sport stand and nothing is forecast."""
    shutil.copytree(featured_template, tmp_path / "home")
    return Site(tmp_path / "home").declare_bus()


@pytest.fixture
def played(played_home: Backends) -> Site:  # noqa: F811
    """A site in which one day of each sport has run."""
    return site_of(played_home)


@pytest.fixture
def trained(trained_home: Backends) -> Site:  # noqa: F811
    """A site with a model of points."""
    return site_of(trained_home)


@pytest.fixture
def graded(graded_home: Backends) -> Site:  # noqa: F811
    """A site with several graded days of each sport."""
    return site_of(graded_home)
