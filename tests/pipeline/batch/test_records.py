"""Records are documents that come back as they were, and change only along the protocol."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.gameday import GameDay
from propcast.core.reasons import Status
from propcast.core.sport import Sport
from propcast.pipeline.batch.documents import read, written
from propcast.pipeline.batch.records import Batch, Lack, ModelPin, Participant, Pin, Publication, Said, Shard
from propcast.pipeline.batch.states import OPEN_SHARDS, BatchState, Refused, Scope, ShardState

names = st.text(min_size=1, max_size=20)
instants = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
hashes = st.text("0123456789abcdef", min_size=24, max_size=24)
pins = st.builds(Pin, names, hashes)
days = st.dates(min_value=datetime(2000, 1, 1, tzinfo=UTC).date()).map(GameDay)
counts = st.dictionaries(names, st.integers(0, 9), max_size=3)
moments = st.dictionaries(names, instants, max_size=3)

batches = st.builds(
    Batch,
    batch_id=hashes,
    sport=st.sampled_from(Sport),
    game_day=days,
    reason=names,
    scope=st.sampled_from(Scope),
    as_of=instants,
    data_version=hashes,
    markets=st.tuples(names),
    models=st.lists(st.builds(ModelPin, names, names, names, pins), max_size=2).map(tuple),
    moments=moments,
    owed=counts,
    n_shards=st.integers(0, 9),
    n_participants=st.integers(0, 9),
    created_at=instants,
    deadline_at=instants,
    late_until=instants,
    first_start=st.none() | instants,
    order=names,
    inputs=st.none() | pins,
    state=st.sampled_from(BatchState),
    missing=st.lists(st.builds(Lack, names, names, names), max_size=2).map(tuple),
)
people = st.builds(Participant, names, names, st.dictionaries(names, st.tuples(st.floats(0, 99)), max_size=2))
shards = st.builds(
    Shard,
    hashes,
    hashes,
    st.integers(0, 9),
    st.lists(people, max_size=3).map(tuple),
    instants,
    state=st.sampled_from(ShardState),
    said=st.lists(st.builds(Said, st.sampled_from(Status), st.tuples(names)), max_size=2).map(tuple),
    file=st.none() | pins,
    leased_at=st.none() | instants,
)
publications = st.builds(
    Publication,
    hashes,
    st.sampled_from(Sport),
    days,
    hashes,
    st.integers(0, 9),
    names,
    moments,
    st.dictionaries(names, names, max_size=2),
    names,
    instants,
    counts,
    counts,
    st.integers(0, 9),
)


@pytest.mark.parametrize(("kind", "examples"), [(Batch, batches), (Shard, shards), (Publication, publications)])
def test_a_record_comes_back_as_it_was(kind: type, examples: st.SearchStrategy[object]) -> None:
    @settings(max_examples=30)
    @given(examples)
    def check(record: object) -> None:
        assert read(kind, written(record)) == record

    check()


@settings(max_examples=50)
@given(shards, st.sampled_from(ShardState))
def test_a_shard_that_has_ended_never_gets_another_result(shard: Shard, to: ShardState) -> None:
    if shard.state in OPEN_SHARDS or to is ShardState.PENDING:
        return
    if (shard.state, to) == (ShardState.DONE, ShardState.FAILED):  # its file was found to be broken
        return
    with pytest.raises(Refused, match="nothing changed"):
        shard.moved(to)


@settings(max_examples=50)
@given(batches, st.sampled_from(BatchState))
def test_only_who_consolidates_publishes(batch: Batch, to: BatchState) -> None:
    if to not in (BatchState.PUBLISHED, BatchState.PUBLISHED_PARTIAL) or batch.state is BatchState.CONSOLIDATING:
        return
    with pytest.raises(Refused):
        batch.moved(to)


@settings(max_examples=10)
@given(batches)
def test_a_change_under_another_token_changes_nothing(batch: Batch) -> None:
    held = replace(batch, state=BatchState.CONSOLIDATING, token=7)
    assert held.moved(BatchState.PUBLISHED, under=7).state is BatchState.PUBLISHED
    with pytest.raises(Refused, match="under token 7, not 6"):
        held.moved(BatchState.PUBLISHED, under=6)
