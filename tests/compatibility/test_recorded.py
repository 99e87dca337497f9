"""This release and the one before understand each other: messages, rows, files, whoever did which part of a slate."""

import random
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.core.identity import short_hash
from propcast.core.markets import markets_of
from propcast.pipeline.batch.asking import PROTOCOL, Ask, Prepared, identity
from propcast.pipeline.batch.documents import read, written
from propcast.pipeline.batch.filing import BATCHES, PUBLICATIONS, SHARDS
from propcast.pipeline.batch.gathering import as_read
from propcast.pipeline.batch.lanes import LANES, Lane
from propcast.pipeline.batch.partition import participants
from propcast.pipeline.batch.planning import begin
from propcast.pipeline.batch.records import Batch, Publication, Shard
from propcast.pipeline.batch.samples import SAMPLES, Sample
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.frames import unpack
from propcast.pipeline.messages import MODELS, PredictionReady, Topic, body_of
from propcast.pipeline.outcomes import Outcome
from propcast.pipeline.slate import data_version
from propcast.pipeline.sports import plan_of
from propcast.tables.forecasts import PREDICTIONS
from tests.compatibility.recorded import FILES, Recorded, put
from tests.pipeline.batch.slates import Pair, slate_of

KINDS: dict[str, Any] = {
    BATCHES.name: Batch, SHARDS.name: Shard, PUBLICATIONS.name: Publication, SAMPLES.name: Sample, LANES.name: Lane,
}  # fmt: skip
STATES = ("planned", "worked", "published")


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def recorded(request: pytest.FixtureRequest) -> Recorded:
    return Recorded(request.param)


@pytest.fixture(scope="module")
def warm() -> Warm:
    return Warm()


def test_something_is_recorded() -> None:
    assert FILES


@pytest.mark.proves("D5")
@pytest.mark.parametrize("topic", Topic)
def test_a_recorded_message_is_read_and_nothing_that_it_said_is_left_out_today(
    recorded: Recorded, topic: Topic
) -> None:
    """What is written today has every field of then: the release of then reads it."""
    found = [each["body"] for each in recorded.messages if each["topic"] == topic]
    assert found
    for body in found:
        assert contains(body_of(MODELS[topic].model_validate(body)), body)


@pytest.mark.proves("D5")
@pytest.mark.parametrize(("state", "name"), list(product(STATES, KINDS)))
def test_a_recorded_row_is_read_and_nothing_of_it_is_left_out_today(recorded: Recorded, state: str, name: str) -> None:
    for body in recorded.documents(state)[name].values():
        assert contains(written(read(KINDS[name], body)), body)
        assert read(KINDS[name], {**body, "of a later release": {"a": 1}}) == read(KINDS[name], body)


def contains(now: object, then: object) -> bool:
    """Whether everything that was said then is said now, an instant perhaps in other digits."""
    match now, then:
        case dict(), dict():
            return all(name in now and contains(now[name], value) for name, value in then.items())
        case list(), list():
            return len(now) == len(then) and all(map(contains, now, then))
        case str(), str() if now != then:
            return datetime.fromisoformat(now) == datetime.fromisoformat(then)
        case _:
            return now == then and type(now) is type(then)


@pytest.mark.proves("D5")
@pytest.mark.parametrize("mine", list(product([False, True], repeat=4)), ids=str)
@pytest.mark.parametrize("order", [0, 1])
def test_whoever_did_which_shard_and_in_which_order_the_slate_is_the_same(
    recorded: Recorded, tmp_path: Path, warm: Warm, mine: tuple[bool, ...], order: int
) -> None:
    """The release of then has planned the slate and done some of the shards; today's does the others and publishes."""
    pair = recorded.pair(tmp_path)
    pair.warm = warm
    planned, worked = recorded.documents("planned"), recorded.documents("worked")
    put(pair, {BATCHES.name: planned[BATCHES.name], SHARDS.name: planned[SHARDS.name]})
    turns = list(zip(recorded.requests(), mine, strict=True))
    random.Random(order).shuffle(turns)  # noqa: S311 - an order, no secret
    for request, is_mine in turns:
        if is_mine:
            assert pair.work(request).outcome is Outcome.DONE
        else:
            put(pair, {SHARDS.name: {request.shard_id: worked[SHARDS.name][request.shard_id]}})
    publish(pair, recorded)


def publish(pair: Pair, recorded: Recorded) -> None:
    """Publish once the coordinator of then is gone, and see that it is the slate of then."""
    pair.pass_time(minutes=5)
    assert pair.consolidate(recorded.batch().batch_id).outcome is Outcome.DONE
    assert pair.batch(recorded.batch()).state is BatchState.PUBLISHED
    slate = slate_of(pair.backends, recorded.sport, recorded.day)
    for now, table in ((slate.predictions, "predictions"), (slate.decisions, "decisions")):
        then = recorded.rows(table).drop("batch_id").sort("prediction_id")
        assert_frame_equal(now.select(then.columns), then, check_exact=True)


@pytest.mark.proves("D5")
@pytest.mark.parametrize("messages", [0, 1, 2])
def test_news_of_shards_from_then_completes_a_batch_of_today(recorded: Recorded, tmp_path: Path, messages: int) -> None:
    """Today's coordinator has planned it, the workers of then do all of it."""
    pair = recorded.pair(tmp_path)
    batch = planned_today(pair, recorded)
    put(pair, {SHARDS.name: recorded.documents("worked")[SHARDS.name]})
    told = [each["body"] for each in recorded.messages if each["topic"] == Topic.PREDICTION_READY]
    random.Random(messages).shuffle(told)  # noqa: S311 - an order, no secret
    for ready in told:
        pair.complete(PredictionReady.model_validate(ready))
    assert batch.batch_id == recorded.batch().batch_id
    slate = slate_of(pair.backends, recorded.sport, recorded.day)
    then = recorded.rows("predictions").drop("batch_id").sort("prediction_id")
    assert_frame_equal(slate.predictions.select(then.columns), then, check_exact=True)


def planned_today(pair: Pair, recorded: Recorded) -> Batch:
    """Plan the slate of then from the frames that were stored then."""
    then = recorded.batch()
    assert then.inputs is not None
    slate = Warm().slate(pair.backends.objects, then)
    ask, markets = Ask(recorded.sport, recorded.day), markets_of(recorded.sport)
    plan, version = plan_of(recorded.sport), data_version(plan_of(recorded.sport), slate)
    batch_id = identity(ask, markets, slate, version, then.models)
    people = participants(slate)
    prepared = Prepared(ask, plan, markets, slate, then.models, version, batch_id, people, then.owed)
    batch = begin(pair.backends, prepared, pair.rules).batch
    assert batch is not None
    return batch


@pytest.mark.proves("D5")
def test_the_same_slate_has_the_same_batch_and_shards_as_long_as_the_protocol_is_the_same(
    recorded: Recorded, tmp_path: Path
) -> None:
    if recorded.about["protocol"] != PROTOCOL:
        pytest.skip("the protocol has changed since: the same inputs are another batch")
    pair = recorded.pair(tmp_path)
    batch = planned_today(pair, recorded)
    assert (batch.batch_id, batch.data_version) == (recorded.batch().batch_id, recorded.batch().data_version)
    ids = [shard.shard_id for shard in pair.shards(batch)]
    assert ids == [request.shard_id for request in recorded.requests()]
    assert ids == [short_hash(batch.batch_id, ordinal) for ordinal in range(len(ids))]


def test_frames_that_were_stored_then_are_read(recorded: Recorded) -> None:
    inputs = [blob for name, blob in recorded.content.items() if name.endswith(".zip")]
    assert [len(frames) for frames in map(unpack, inputs)] == [5]


@pytest.mark.proves("D5")
def test_result_files_of_a_release_before_and_after_are_read_as_the_table_of_today(recorded: Recorded) -> None:
    rows = recorded.rows("predictions")
    assert_frame_equal(read_as(rows.with_columns(pl.lit("x").alias("of a later release"))), PREDICTIONS.conform(rows))
    before = read_as(rows.drop("contributions"))
    assert before["contributions"].null_count() == rows.height
    assert as_read(rows.drop("prediction_id")) is None
    assert as_read(rows.with_columns(pl.col("mean").cast(pl.String))) is None


def read_as(rows: pl.DataFrame) -> pl.DataFrame:
    found = as_read(rows)
    assert found is not None
    return found
