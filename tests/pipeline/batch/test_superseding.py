"""News about some people: they get new rows, everybody else keeps theirs, and no instant is without a slate."""

import polars as pl
import pytest

from propcast.backends.state import audit
from propcast.core.decisions import decide
from propcast.core.errors import NotReady
from propcast.core.sport import Sport
from propcast.pipeline.batch.history import coverage
from propcast.pipeline.batch.states import BatchState, Scope, ShardState
from propcast.pipeline.batch.superseding import cancel, redrive
from propcast.pipeline.messages import Trigger
from propcast.pipeline.outcomes import Outcome
from tests.pipeline.batch.conftest import Tables
from tests.pipeline.batch.slates import Pair, Slate
from tests.pipeline.conftest import MLB_DAY

PERSON = ["event_id", "participant_id"]


def split(slate: Slate, who: tuple[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of one person, and everybody else's."""
    is_his = (pl.col("event_id") == who[0]) & (pl.col("participant_id") == who[1])
    return slate.predictions.filter(is_his), slate.predictions.filter(~is_his)


def published_first(pair: Pair) -> Slate:
    pair.finish(pair.begun())
    return pair.slate()


@pytest.mark.proves("L27")
def test_only_the_people_named_get_new_rows(pair: Pair, tables: Tables) -> None:
    before = published_first(pair)
    found = pair.supersede(tables.moved, as_of=tables.moved_at)
    assert found.handled.outcome is Outcome.DONE
    assert found.batch is not None
    assert (found.batch.scope, found.batch.n_participants) == (Scope.PEOPLE, 1)
    assert pair.slate().tag == before.tag
    pair.finish(found.batch)
    after = pair.slate()
    his, others = split(after, tables.moved)
    his_before, others_before = split(before, tables.moved)
    assert others.equals(others_before)
    assert his["as_of"].unique().to_list() == [tables.moved_at]
    assert set(his["prediction_id"]).isdisjoint(his_before["prediction_id"])
    assert after.people() == before.people()
    assert coverage(pair.backends, Sport.MLB, MLB_DAY).share == 1


def test_decisions_are_made_anew_over_the_whole_slate(pair: Pair, tables: Tables) -> None:
    published_first(pair)
    batch = pair.supersede(tables.moved, as_of=tables.moved_at).batch
    assert batch is not None
    pair.finish(batch)
    slate = pair.slate()
    whole = decide(slate.predictions.with_columns(pl.lit("any").alias("batch_id"))).drop("batch_id")
    assert whole.sort("prediction_id").equals(slate.decisions)


def test_the_same_news_twice_is_one_batch(pair: Pair, tables: Tables) -> None:
    published_first(pair)
    first, second = (pair.supersede(tables.moved, as_of=tables.moved_at) for _ in range(2))
    assert (first.handled.outcome, second.handled.outcome) == (Outcome.DONE, Outcome.DUPLICATE)
    assert first.batch == second.batch


def test_news_about_two_people_at_once_lose_neither(pair: Pair, tables: Tables) -> None:
    """Both batches stand on the same slate; the second to be published carries the first one's rows."""
    before = published_first(pair)
    people = sorted(before.people())[:2]
    batches = [pair.supersede(who, as_of=tables.moved_at).batch for who in people]
    for batch in batches:
        assert batch is not None
        pair.finish(batch)
    after = pair.slate()
    newer = after.predictions.filter(pl.col("as_of") == tables.moved_at).select(PERSON).unique()
    assert sorted(newer.iter_rows()) == people
    assert after.people() == before.people()


def test_a_whole_slate_of_an_earlier_moment_does_not_take_newer_rows_back(pair: Pair, tables: Tables) -> None:
    published_first(pair)
    straggler = pair.begun(reason=Trigger.CORRECTION)
    batch = pair.supersede(tables.moved, as_of=tables.moved_at).batch
    assert batch is not None
    pair.finish(batch)
    newest = split(pair.slate(), tables.moved)[0]
    pair.finish(straggler)
    after = pair.slate()
    assert split(after, tables.moved)[0].equals(newest)
    assert pair.batch(straggler).state is BatchState.PUBLISHED
    assert after.tag not in (straggler.batch_id, batch.batch_id)


def test_who_is_missing_at_the_deadline_keeps_his_older_rows(pair: Pair, tables: Tables) -> None:
    before = published_first(pair)
    batch = pair.begun(as_of=tables.moved_at)
    pair.work(pair.requests(batch)[0])
    pair.pass_time(minutes=16)
    pair.sweep()
    after = pair.slate()
    assert pair.batch(batch).state is BatchState.PUBLISHED_PARTIAL
    assert pair.batch(batch).n_missing == 4
    assert after.people() == before.people()
    newer = after.predictions.filter(pl.col("as_of") == tables.moved_at).select(PERSON).n_unique()
    assert newer == 1


def test_news_before_there_is_a_slate_wait(pair: Pair, tables: Tables) -> None:
    with pytest.raises(NotReady, match="no slate"):
        pair.supersede(tables.moved, as_of=tables.moved_at)


def test_news_without_features_wait(pair: Pair, tables: Tables) -> None:
    published_first(pair)
    with pytest.raises(NotReady, match="no features of 1 people"):
        pair.supersede(("mlb:0", "mlb:0"), as_of=tables.moved_at)


def test_an_operator_ends_a_batch_and_it_is_on_record(pair: Pair) -> None:
    batch = pair.begun()
    pair.work(pair.requests(batch)[0])
    assert cancel(pair.backends, batch.batch_id, by="ann", reason="wrong day").outcome is Outcome.DONE
    after = pair.batch(batch)
    assert (after.state, after.is_open, after.note) == (BatchState.CANCELLED, False, "cancelled by ann: wrong day")
    assert [shard.state for shard in pair.shards(batch)] == [ShardState.DONE, *[ShardState.CANCELLED] * 2]
    assert [entry.action for entry in audit.find(pair.backends.state)] == ["cancel batch"]
    assert pair.consolidate(batch.batch_id).outcome is Outcome.DUPLICATE
    assert cancel(pair.backends, batch.batch_id, by="ann", reason="again").outcome is Outcome.DUPLICATE
    assert pair.slate().tag == ""


def test_an_operator_asks_again_for_what_was_lost(pair: Pair, undisturbed: Pair) -> None:
    batch = pair.begun()
    cancel(pair.backends, batch.batch_id, by="ann", reason="by mistake")
    assert redrive(pair.backends, batch.batch_id, by="ann", rules=pair.rules).outcome is Outcome.DONE
    pair.dispatcher.dispatch()
    for request in pair.requests(batch)[3:]:
        assert pair.work(request).outcome is Outcome.DONE
    assert pair.consolidate(batch.batch_id).outcome is Outcome.DONE
    assert pair.slate().same_as(undisturbed.slate())
    assert redrive(pair.backends, batch.batch_id, by="ann").outcome is Outcome.DUPLICATE


def test_what_a_cancelled_batch_has_published_stays(pair: Pair) -> None:
    batch = pair.begun()
    pair.work(pair.requests(batch)[0])
    pair.pass_time(minutes=16)
    pair.sweep()
    there = pair.slate()
    cancel(pair.backends, batch.batch_id, by="ann", reason="enough")
    assert pair.batch(batch).state is BatchState.PUBLISHED_PARTIAL
    assert not pair.batch(batch).is_open
    assert pair.slate().same_as(there)
