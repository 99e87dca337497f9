"""A batch begins once, with everything on record before anybody is asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from propcast.backends.state import outbox
from propcast.core.errors import InputError, NotReady
from propcast.core.sport import Sport
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.filing import batches_where
from propcast.pipeline.batch.partition import partition
from propcast.pipeline.batch.planning import start
from propcast.pipeline.batch.records import Participant
from propcast.pipeline.batch.rules import BatchTimes, Rules
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import Trigger
from tests.pipeline.batch.conftest import MakePair
from tests.pipeline.batch.slates import Pair
from tests.pipeline.conftest import MLB_DAY, NO_GAMES

AT = datetime(2025, 5, 19, 18, tzinfo=UTC)


@pytest.mark.proves("B8", "L28")
def test_twenty_starts_at_once_are_one(pair: Pair) -> None:
    with ThreadPoolExecutor(20) as pool:
        started = list(pool.map(lambda _: start(pair.backends, Ask(Sport.MLB, MLB_DAY), pair.rules), range(20)))
    assert [each.created for each in started].count(True) == 1
    assert len({each.batch.batch_id for each in started if each.batch}) == 1
    pair.dispatcher.dispatch()
    assert len(pair.requests()) == len(pair.shards(pair.begun())) == 3


def test_a_second_start_finds_the_batch_and_sends_nothing(pair: Pair) -> None:
    first, sent = pair.start(), len(pair.posted.messages)
    second = pair.start()
    assert (first.created, second.created) == (True, False)
    assert second.batch == first.batch
    assert len(pair.posted.messages) == sent


def test_everything_is_on_record_before_anything_is_sent(pair: Pair) -> None:
    batch = start(pair.backends, Ask(Sport.MLB, MLB_DAY), pair.rules).batch
    assert batch is not None
    shards = pair.shards(batch)
    assert pair.posted.messages == []
    assert len(outbox.due(pair.backends.state)) == batch.n_shards == len(shards)
    assert sum(len(shard.participants) for shard in shards) == batch.n_participants == 5
    assert any(person.lines for shard in shards for person in shard.participants)


def test_a_batch_is_dispatched_once_the_bus_has_every_request(pair: Pair) -> None:
    batch = pair.begun()
    pair.sweep()
    assert pair.batch(batch).state is BatchState.DISPATCHED


def test_other_inputs_are_another_batch(pair: Pair, make_pair: MakePair) -> None:
    ids = {pair.begun().batch_id, pair.begun(reason=Trigger.CORRECTION).batch_id, make_pair().begun().batch_id}
    assert len(ids) == 2


def test_a_day_without_games_has_no_batch(pair: Pair) -> None:
    started = start(pair.backends, Ask(Sport.MLB, NO_GAMES), pair.rules)
    assert (started.batch, started.created, started.reason) == (None, False, "nobody to forecast")
    assert batches_where(pair.backends.state, []) == []


@pytest.mark.proves("L31")
def test_inputs_that_are_not_all_there_are_not_ready(pair: Pair) -> None:
    with pytest.raises(NotReady, match="5 of 6 contexts"):
        pair.start(participants=6)
    assert pair.start(participants=5).created


def test_a_batch_replaced_since_is_current_again_when_its_inputs_are(pair: Pair) -> None:
    """Corrected there and back again: the same inputs are the same batch, and it is the truth now."""
    first = pair.begun()
    pair.finish(first)
    corrected = pair.begun(reason=Trigger.CORRECTION)
    pair.finish(corrected)
    assert pair.slate().tag == corrected.batch_id
    assert pair.start().reason == "it is current again"
    assert pair.slate().tag == first.batch_id
    assert pair.start().reason == "it is published"


@pytest.mark.parametrize(
    ("first_start", "minutes"),
    [(None, 15), (AT + timedelta(hours=3), 15), (AT + timedelta(minutes=20), 10), (AT + timedelta(minutes=5), 2)],
)
def test_a_deadline_leaves_time_before_the_first_start(first_start: datetime | None, minutes: int) -> None:
    assert BatchTimes().deadline(AT, first_start) == AT + timedelta(minutes=minutes)


def test_every_time_is_scaled() -> None:
    fast = BatchTimes().scaled(50)
    assert (fast.lease, fast.renewal) == (timedelta(seconds=1.2), timedelta(seconds=0.4))
    assert fast.deadline(AT, None) == AT + timedelta(seconds=18)


@pytest.mark.parametrize("size", [0, 129])
def test_a_shard_has_a_size(size: int) -> None:
    with pytest.raises(InputError, match="choose 32 to 128"):
        Rules(shard_size=size)


@pytest.mark.parametrize(("people", "sizes"), [(1, [1]), (128, [128]), (129, [64, 65]), (420, [105] * 4)])
def test_shards_are_few_and_even(people: int, sizes: list[int]) -> None:
    crowd = [Participant("e", f"p{i:04}") for i in range(people)]
    parts = partition(crowd, 128)
    assert [len(part) for part in parts] == sizes
    assert [person for part in parts for person in part] == crowd
