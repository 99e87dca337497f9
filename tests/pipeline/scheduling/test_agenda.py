"""Each moment once; after a pause only what still matters."""

from hypothesis import given
from hypothesis import strategies as st

from propcast.pipeline.scheduling.agenda import PAST, STOOD_IN, Fate, agenda
from propcast.pipeline.scheduling.planning import DayPlan
from tests.pipeline.scheduling.calendars import plan, utc

DAY = plan([("2026-01-15", "2026-01-16T00:10"), ("2026-01-15", "2026-01-16T03:40")], "2026-01-15")
MORNING, LINES, NEAR, LAST = DAY.moments


def everything_before(now: str) -> dict[str, Fate]:
    return {moment.key: Fate.PUBLISHED for moment in DAY.moments if moment.at < utc(now)}


def test_a_moment_is_published_when_it_has_come() -> None:
    before = agenda([DAY], {}, utc("2026-01-15T10:59"))
    assert (before.publish, before.skip, before.next_at) == ((), (), MORNING.at)
    assert agenda([DAY], {}, MORNING.at).publish == (MORNING,)


def test_a_settled_moment_is_not_published_again() -> None:
    assert agenda([DAY], {MORNING.key: Fate.PUBLISHED}, utc("2026-01-15T12:00")).publish == ()


def test_of_missed_moments_the_latest_stands_in_for_the_others() -> None:
    found = agenda([DAY], {}, utc("2026-01-15T23:45"))
    assert found.publish == (NEAR,)
    assert found.skip == ((MORNING, STOOD_IN), (LINES, STOOD_IN))


def test_what_comes_too_late_is_skipped() -> None:
    found = agenda([DAY], everything_before("2026-01-15T23:00"), utc("2026-01-16T04:00"))
    assert found.publish == ()
    assert found.skip == ((NEAR, PAST), (LAST, PAST))


def test_the_morning_is_made_up_for_after_the_last_start() -> None:
    """Results of the day before are still wanted when no forecast is any more."""
    found = agenda([DAY], {}, utc("2026-01-16T03:50"))
    assert found.publish == (MORNING,)
    assert [moment for moment, _ in found.skip] == [LINES, NEAR, LAST]


def test_a_moment_that_comes_into_being_late_does_not_go_back_in_time() -> None:
    """A start was moved: the new moment lies before one that was published."""
    found = agenda([DAY], {LINES.key: Fate.PUBLISHED}, utc("2026-01-15T16:00"))
    assert (found.publish, found.skip) == ((), ((MORNING, STOOD_IN),))


@given(st.lists(st.integers(0, 30 * 60), max_size=12, unique=True).map(sorted))
def test_however_often_it_is_looked_no_moment_has_two_fates(minutes: list[int]) -> None:
    fates: dict[str, Fate] = {}
    for minute in minutes:
        found = agenda([DAY], fates, utc("2026-01-15T08:00") + minute * (NEAR.at - NEAR.at.replace(minute=39)))
        new = [(m.key, Fate.PUBLISHED) for m in found.publish] + [(m.key, Fate.SKIPPED) for m, _ in found.skip]
        assert len(new) == len(dict(new))
        assert not fates.keys() & dict(new).keys()
        fates.update(new)


def test_two_sports_do_not_stand_in_for_each_other() -> None:
    other = DayPlan(DAY.outlook, ())
    assert agenda([other, DAY], {}, MORNING.at).publish == (MORNING,)
