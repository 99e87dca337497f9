"""A process may die between any two effects: whoever comes after it ends up where nobody would have died."""

from collections.abc import Callable

import pytest

from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.records import BatchState
from tests.pipeline.batch.conftest import MakePair
from tests.pipeline.batch.slates import Killed, Pair, whole_tables

ROUNDS = 4


def a_day(pair: Pair) -> None:
    """A start and every delivery."""
    batch = pair.begun()
    for request in pair.requests(batch):
        pair.work(request)
    for ready in pair.readies():
        pair.complete(ready)


def a_deaf_day(pair: Pair) -> None:
    """Workers come late, and no news of their results arrives: the sweep does the rest."""
    batch = pair.begun()
    pair.pass_time(seconds=121)
    pair.sweep()
    for request in pair.requests(batch):
        pair.work(request)
    pair.sweep()


def until_it_survives(pair: Pair, day: Callable[[Pair], None]) -> int:
    deaths = 0
    for _ in range(ROUNDS):
        try:
            day(pair)
        except Killed:
            deaths += 1
            pair.pass_time(seconds=61)
            continue
        return deaths
    raise AssertionError("it dies again and again")


@pytest.mark.proves("B2", "L24", "L25", "L26", "L27")
@pytest.mark.parametrize("point", [point for point in Failpoint if point is not Failpoint.CANCELLED])
def test_a_death_at_any_failpoint_leaves_no_trace(make_pair: MakePair, undisturbed: Pair, point: Failpoint) -> None:
    pair, of_sweep = make_pair(), point.name.startswith("SWEEP")
    pair.killer.at = point
    assert until_it_survives(pair, a_deaf_day if of_sweep else a_day) == 1, f"{point.name} was never reached"
    assert pair.slate().same_as(undisturbed.slate())
    assert whole_tables(pair) == whole_tables(undisturbed)
    assert len(pair.posted.of("slate-published")) == 1
    assert {batch.state for batch in map(pair.batch, [pair.begun()])} == {BatchState.PUBLISHED}
