"""A batch is put together by one, believed only after every check, and visible whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pytest

from propcast.backends.state.leases import Fenced
from propcast.core.decisions import decide
from propcast.core.sport import Sport
from propcast.pipeline.batch.consolidating import consolidate
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import find_current
from propcast.pipeline.batch.history import coverage, oldest_open, standing
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import BatchState, ShardState
from propcast.pipeline.messages import SlatePublished, Topic, Trigger
from propcast.pipeline.outcomes import Outcome
from tests.pipeline.batch.conftest import MakePair
from tests.pipeline.batch.slates import Pair, rules_with
from tests.pipeline.conftest import MLB_DAY


def worked(pair: Pair, *left_out: int) -> Batch:
    """A batch of which only some shards were left out."""
    batch = pair.begun()
    for i, request in enumerate(pair.requests(batch)):
        if i not in left_out:
            pair.work(request)
    return batch


@pytest.mark.proves("B5", "L25")
def test_fifty_completions_at_once_are_one_consolidation(pair: Pair) -> None:
    batch = worked(pair)
    ready = pair.readies()[0]
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: pair.complete(ready), range(50)))
    outcomes = [handled.outcome for handled in found if handled is not None]
    assert outcomes.count(Outcome.DONE) == 1
    assert set(outcomes) <= {Outcome.DONE, Outcome.BUSY, Outcome.DUPLICATE}
    assert len([run for run in pair.backends.ledger.runs() if run.step == "mlb/publish"]) == 1
    assert len(pair.posted.of(Topic.SLATE_PUBLISHED)) == 1
    assert pair.batch(batch).state is BatchState.PUBLISHED


def test_completion_is_asked_of_the_shards_not_counted(pair: Pair) -> None:
    """The same news fifty times is still the news of one shard."""
    worked(pair, 1, 2)
    for _ in range(50):
        assert pair.complete(pair.readies()[0]) is None
    assert pair.batch(pair.begun()).state is BatchState.COLLECTING


@pytest.mark.proves("B4", "L26")
def test_a_publisher_frozen_past_his_lease_changes_nothing_when_he_thaws(pair: Pair) -> None:
    batch = worked(pair)

    class Freeze:
        def reach(self, point: Failpoint) -> None:
            if point is Failpoint.DECISIONS_WRITTEN:
                pair.pass_time(seconds=61)
                assert pair.consolidate(batch.batch_id, "second").outcome is Outcome.DONE

    with pytest.raises(Fenced):
        pair.consolidate(batch.batch_id, rules=rules_with(pair, failpoints=Freeze()))
    assert len(pair.posted.of(Topic.SLATE_PUBLISHED)) == 1
    assert pair.batch(batch).token == 2


@pytest.mark.proves("B9", "L28")
def test_a_deadline_publishes_what_is_there_names_who_is_missing_and_is_amended(
    make_pair: MakePair, undisturbed: Pair
) -> None:
    pair = make_pair(shard_size=1)
    batch = worked(pair, 0, 1, 2)
    assert pair.consolidate(batch.batch_id).outcome is Outcome.NOT_YET
    pair.pass_time(minutes=16)
    late = pair.requests(batch)[:3]
    missing = {(each.event_id, each.participant_id) for shard in pair.shards(batch)[:3] for each in shard.participants}
    assert pair.sweep().consolidated == 1
    assert pair.batch(batch).state is BatchState.PUBLISHED_PARTIAL
    assert {(lack.event_id, lack.participant_id) for lack in pair.batch(batch).missing} == missing
    told = SlatePublished.model_validate(pair.posted.of(Topic.SLATE_PUBLISHED)[0])
    assert (told.state, told.n_missing) == ("published_partial", 3)
    assert {lack.reason for lack in told.missing} == {"not finished by the deadline"}
    assert pair.slate().people() == undisturbed.slate().people() - missing
    covered = coverage(pair.backends, Sport.MLB, MLB_DAY)
    assert covered.share is not None
    assert covered.share < 1
    for request in late:
        pair.work(request)
        pair.complete(pair.readies()[-1])
    assert [message["amendment"] for message in pair.posted.of(Topic.SLATE_PUBLISHED)] == [0, 1, 2, 3]
    assert pair.slate().same_as(undisturbed.slate())
    assert pair.slate().tag == batch.batch_id
    after = pair.batch(batch)
    assert (after.state, after.is_open, after.n_missing) == (BatchState.PUBLISHED, False, 0)
    assert coverage(pair.backends, Sport.MLB, MLB_DAY).share == 1


def test_who_never_comes_stays_missing_with_the_reason(pair: Pair) -> None:
    batch = worked(pair, 2)
    pair.pass_time(minutes=16)
    pair.sweep()
    pair.pass_time(minutes=16)
    assert pair.sweep().expired == 1
    after = pair.batch(batch)
    assert (after.state, after.is_open, after.n_missing) == (BatchState.PUBLISHED_PARTIAL, False, 2)
    assert not pair.sweep().found_work


@pytest.mark.proves("L29")
def test_no_rows_with_games_is_a_failure_until_late_ones_come(pair: Pair, undisturbed: Pair) -> None:
    batch = worked(pair, 0, 1, 2)
    pair.pass_time(minutes=16)
    oldest = oldest_open(pair.backends.state)
    assert oldest is not None
    assert (oldest.batch_id, pair.backends.state.now() - oldest.created_at) == (batch.batch_id, timedelta(minutes=16))
    pair.consolidate(batch.batch_id)
    assert pair.batch(batch).state is BatchState.FAILED
    assert pair.batch(batch).note == "0 predictions though games are scheduled"
    assert pair.slate().tag == ""
    assert coverage(pair.backends, Sport.MLB, MLB_DAY).share == 0
    for request in pair.requests(batch):
        pair.work(request)
    assert pair.consolidate(batch.batch_id).outcome is Outcome.DONE
    assert pair.slate().same_as(undisturbed.slate())


@pytest.mark.proves("L26")
def test_a_changed_result_file_is_not_believed(pair: Pair) -> None:
    batch = worked(pair)
    file = pair.shards(batch)[0].file
    assert file is not None
    blobs = pair.backends.objects.blobs  # type: ignore[attr-defined]
    blobs[file.key] = blobs[file.key][:-1] + b"?"
    pair.consolidate(batch.batch_id)
    assert pair.shards(batch)[0].state is ShardState.FAILED
    assert pair.batch(batch).state is BatchState.PUBLISHED_PARTIAL
    assert "was pinned" in pair.batch(batch).missing[0].reason


def test_decisions_are_made_over_the_whole_slate(pair: Pair) -> None:
    """Caps are caps on the slate, not on a shard."""
    pair.finish(pair.begun())
    slate = pair.slate()
    whole = decide(slate.predictions.with_columns(pl.lit("any").alias("batch_id"))).drop("batch_id")
    assert whole.sort("prediction_id").equals(slate.decisions)


def test_a_later_slate_is_not_overwritten_by_a_straggler(pair: Pair) -> None:
    """Of two batches of one moment the one planned later stands, whichever is finished first."""
    first = pair.begun()
    second = pair.begun(reason=Trigger.CORRECTION)
    pair.finish(second)
    published = pair.slate()
    pair.finish(first)
    assert pair.batch(first).state is BatchState.SUPERSEDED
    assert pair.slate().tag == published.tag == second.batch_id


@pytest.mark.proves("L28")
def test_a_batch_that_is_stuck_blocks_no_other(pair: Pair) -> None:
    worked(pair, 0)
    second = pair.begun(reason=Trigger.CORRECTION)
    pair.finish(second)
    assert pair.slate().tag == second.batch_id


def test_the_current_slate_moving_meanwhile_is_looked_at_again(pair: Pair) -> None:
    first, second = pair.begun(), pair.begun(reason=Trigger.CORRECTION)
    for request in pair.requests():
        pair.work(request)
    seen = []

    class Meanwhile:
        def reach(self, point: Failpoint) -> None:
            seen.append(point)
            if point is Failpoint.DECISIONS_WRITTEN and seen.count(point) == 1:
                pair.consolidate(first.batch_id, "another")

    assert pair.consolidate(second.batch_id, rules=rules_with(pair, failpoints=Meanwhile())).outcome is Outcome.DONE
    assert seen.count(Failpoint.CONSOLIDATION_DECIDED) == 2
    assert pair.slate().tag == second.batch_id


def test_a_batch_and_its_publication_say_how_they_stand(pair: Pair) -> None:
    batch = worked(pair, 2)
    found = standing(pair.backends, batch.batch_id)
    assert found is not None
    assert found.states == {"done": 2, "pending": 1}
    assert found.participants["open"] == len(found.missing) == 2
    pair.work(pair.requests(batch)[2])
    pair.consolidate(batch.batch_id)
    current = find_current(pair.backends.state, Sport.MLB, MLB_DAY)
    assert current.publication is not None
    assert current.publication.answered == {event: n for event, n in batch.owed.items() if n}
    assert current.publication.moments == batch.moments
    assert standing(pair.backends, "0" * 24) is None


def test_nothing_is_consolidated_before_its_time(pair: Pair) -> None:
    batch = worked(pair, 0)
    assert pair.consolidate(batch.batch_id).outcome is Outcome.NOT_YET
    pair.clock.instant = pair.batch(batch).deadline_at - timedelta(seconds=1)
    assert pair.consolidate(batch.batch_id).outcome is Outcome.NOT_YET
    assert consolidate(pair.backends, "0" * 24, holder="x").outcome is Outcome.PERMANENT
