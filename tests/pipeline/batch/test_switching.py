"""One revision of the coordinator takes the place of another while a batch is open: nothing is lost or doubled."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from propcast.backends.state.leases import LEASES
from propcast.core.errors import StoreConflict
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.openers import is_drained
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import Topic
from propcast.pipeline.outcomes import Outcome
from tests.pipeline.batch.conftest import MakePair, Tables
from tests.pipeline.batch.slates import Killed, Pair, whole_tables

OLD, NEW = "coordinator-1", "coordinator-2"


def become(pair: Pair, revision: str) -> Pair:
    """Be another revision of the coordinator from now on."""
    pair.rules = replace(pair.rules, revision=revision, release=f"release of {revision}")
    return pair


def complete(pair: Pair) -> Batch:
    """Open a batch as the old revision, and let all of its shards end."""
    batch = become(pair, OLD).begun()
    for request in pair.requests(batch):
        pair.work(request)
    return batch


def news(pair: Pair, batch: Batch) -> list[Outcome | None]:
    """Every result is pushed to whoever has the traffic now."""
    return [handled.outcome for ready in pair.readies() if (handled := pair.complete(ready))]


def test_a_batch_carries_who_opened_it(pair: Pair) -> None:
    batch = become(pair, OLD).begun()
    assert (batch.revision, batch.release) == (OLD, f"release of {OLD}")


def test_an_open_batch_finishes_on_the_revision_that_opened_it(pair: Pair, undisturbed: Pair) -> None:
    batch = complete(pair)
    become(pair, NEW)
    assert set(news(pair, batch)) == {Outcome.NOT_YET}
    assert pair.sweep().consolidated == 0
    assert not is_drained(pair.backends.state, OLD)
    become(pair, OLD)
    assert pair.sweep().consolidated == 1
    assert pair.batch(batch).state is BatchState.PUBLISHED
    assert whole_tables(pair) == whole_tables(undisturbed)
    assert is_drained(pair.backends.state, OLD)


def test_new_starts_are_the_new_revisions_and_what_is_open_stays_whose_it_is(pair: Pair, tables: Tables) -> None:
    first = complete(pair)
    assert become(pair, NEW).begun() == first
    assert pair.begun(as_of=tables.moved_at).revision == NEW
    assert is_drained(pair.backends.state, "coordinator-3")


@pytest.mark.parametrize(("seconds", "consolidated"), [(89, 0), (91, 1)])
def test_a_revision_that_is_gone_leaves_its_batches_to_the_other(pair: Pair, seconds: int, consolidated: int) -> None:
    batch = complete(pair)
    become(pair, NEW).pass_time(seconds=seconds)
    assert pair.sweep().consolidated == consolidated
    assert pair.batch(batch).is_open is not bool(consolidated)


@pytest.mark.parametrize(("late", "consolidated"), [(-1, 0), (89, 0), (91, 1)])
def test_one_that_is_there_but_does_not_finish_is_relieved_after_the_deadline(
    pair: Pair, late: int, consolidated: int
) -> None:
    batch = complete(pair)
    pair.pass_time(seconds=15 * 60 + late)
    pair.rules = replace(pair.rules, revision=OLD)
    seen(pair)
    assert become(pair, NEW).sweep().consolidated == consolidated
    assert pair.batch(batch).is_open is not bool(consolidated)


def seen(pair: Pair) -> None:
    """The old revision begins a sweep and does not get anywhere with it."""
    pair.killer.at = Failpoint.SWEEP_CLAIMED
    with pytest.raises(Killed):
        pair.sweep()
    pair.backends.state.transact(lambda tx: tx.delete(LEASES, "sweep"))


@pytest.mark.parametrize("revision", ["", OLD])
def test_where_there_is_one_revision_nobody_waits(pair: Pair, revision: str) -> None:
    batch = become(pair, revision).begun()
    for request in pair.requests(batch):
        pair.work(request)
    assert Outcome.DONE in news(pair, batch)


STEP = st.tuples(
    st.sampled_from([OLD, NEW]),
    st.sampled_from(["work", "news", "sweep", "start"]),
    st.none() | st.sampled_from(Failpoint),
)


@pytest.mark.proves("D5")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(steps=st.lists(STEP, max_size=10))
def test_a_switch_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    steps: list[tuple[str, str, Failpoint | None]], make_pair: MakePair, undisturbed: Pair
) -> None:
    pair = make_pair()
    batch = become(pair, OLD).begun()
    for revision, what, kill in steps:
        become(pair, revision).killer.at = kill
        try:
            do(pair, what, batch)
        except (Killed, StoreConflict):
            pass
        finally:
            pair.killer.at = None
    for revision in (NEW, OLD, NEW, OLD):
        become(pair, revision).pass_time(seconds=61)
        do(pair, "work", batch)
        pair.sweep()
    assert pair.batch(batch).state is BatchState.PUBLISHED
    assert len(pair.posted.of(Topic.SLATE_PUBLISHED)) == 1
    assert pair.slate().same_as(undisturbed.slate())
    assert is_drained(pair.backends.state, OLD)


def do(pair: Pair, what: str, batch: Batch) -> None:
    match what:
        case "work":
            for request in pair.requests(batch):
                pair.work(request)
        case "news":
            news(pair, batch)
        case "sweep":
            pair.sweep()
        case _:
            pair.start()
