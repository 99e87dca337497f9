"""Consoles on homes of the hand-written leagues."""

import pytest

from propcast.backends.compose import Backends
from tests.apps.conftest import site_of
from tests.apps.console.stand import NBA_NOON, Stand
from tests.apps.rig import Site


@pytest.fixture
def graded(graded_home: Backends) -> Site:
    """A site with graded days; it is noon of a day with NBA games, which is graded too."""
    site = site_of(graded_home)
    site.clock.instant = NBA_NOON
    return site


@pytest.fixture
def stand(graded: Site) -> Stand:
    """A console of that site, nothing wrong with it."""
    return Stand(graded)


@pytest.fixture
def empty_stand(empty: Site) -> Stand:
    """A console of a home with nothing in it."""
    empty.clock.instant = NBA_NOON
    return Stand(empty)
