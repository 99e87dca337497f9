"""E1: whatever happens after T, features at T are bit-identical."""

from datetime import timedelta

import pytest
from polars.testing import assert_frame_equal

from propcast.core.sport import Sport
from tests.leaks.archive import build, first_start, read_archive, shuffled_after
from tests.leaks.worlds import World

SPORTS = pytest.mark.parametrize("sport", list(Sport))


@pytest.mark.proves("E1", "L34", "L35")
@SPORTS
def test_shuffling_everything_after_the_moment_changes_nothing_at_it(world: World, sport: Sport) -> None:
    """Contexts (who may play), quotes, consensus, profiles and features, from archives that differ only later."""
    for day in world.days[sport][-2:]:
        archive = read_archive(world.backends, sport, day)
        moment = first_start(archive, day) - timedelta(minutes=1)
        known, other = (build(each, day, moment) for each in (archive, shuffled_after(archive, moment)))
        assert known["features"].height > 0
        for name, rows in known.items():
            assert_frame_equal(other[name], rows, check_exact=True)


@pytest.mark.proves("E1")
@SPORTS
def test_shuffling_the_past_changes_features(league: World, sport: Sport) -> None:
    """The rule above is no accident: the same shuffle from an earlier moment on is felt."""
    day = league.days[sport][-1]
    archive = read_archive(league.backends, sport, day)
    moment = first_start(archive, day) - timedelta(minutes=1)
    altered = shuffled_after(archive, moment - timedelta(days=14))
    known, other = build(archive, day, moment), build(altered, day, moment)
    assert not other["features"].equals(known["features"])
    assert not other["consensus"].equals(known["consensus"])
