"""The sweep is enough alone, and does nothing when there is nothing to do."""

from datetime import timedelta

import pytest

from propcast.backends.state import leases
from propcast.backends.state.dispatcher import Dispatcher
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.states import BatchState, ShardState
from propcast.pipeline.batch.sweeping import Swept
from propcast.pipeline.messages import Trigger
from tests.pipeline.batch.slates import Killed, Pair


@pytest.mark.proves("B3", "L24")
def test_every_lost_result_message_is_made_up_for(pair: Pair, undisturbed: Pair) -> None:
    batch = pair.begun()
    for request in pair.requests(batch):
        pair.work(request)
    pair.pass_time(seconds=30)
    assert pair.sweep().consolidated == 1
    assert pair.batch(batch).state is BatchState.PUBLISHED
    assert pair.slate().same_as(undisturbed.slate())


@pytest.mark.proves("L30")
def test_a_second_sweep_does_nothing(pair: Pair) -> None:
    pair.begun()
    pair.pass_time(seconds=121)
    assert pair.sweep() == Swept(redriven=3, sent=3)
    assert pair.sweep() == Swept()


def test_a_shard_whose_worker_is_gone_is_asked_for_again(pair: Pair) -> None:
    batch = pair.begun()
    pair.killer.at = Failpoint.SHARD_COMPUTED
    with pytest.raises(Killed):
        pair.work(pair.requests(batch)[0])
    assert pair.sweep().redriven == 0
    pair.pass_time(seconds=61)
    assert pair.sweep().redriven == 1
    assert len(pair.requests(batch)) == 4
    assert pair.shards(batch)[0].state is ShardState.PENDING


@pytest.mark.proves("L30")
def test_what_nobody_takes_is_asked_for_less_and_less_often(pair: Pair) -> None:
    pair.begun()
    asked = []
    for minute in range(1, 30):
        pair.pass_time(seconds=60)
        asked += [minute] * (pair.sweep().redriven == 3)
    assert asked == [2, 6, 14]


def test_a_shard_that_was_taken_again_is_asked_for_at_once_when_its_worker_is_gone(pair: Pair) -> None:
    batch = pair.begun()
    pair.pass_time(seconds=121)
    assert pair.sweep().redriven == 3
    pair.killer.at = Failpoint.SHARD_COMPUTED
    with pytest.raises(Killed):
        pair.work(pair.requests(batch)[0])
    pair.pass_time(seconds=61)
    assert pair.sweep().redriven == 1
    assert pair.shards(batch)[0].unanswered == 0


def test_what_waits_in_the_outbox_is_sent(pair: Pair) -> None:
    silent = Pair.__new__(Pair)
    silent.__dict__.update(pair.__dict__)
    silent.dispatcher = Dispatcher(pair.backends.state, _Deaf())
    silent.begun()
    pair.pass_time(seconds=2)
    assert pair.sweep().sent == 3
    assert len(pair.requests()) == 3


class _Deaf:
    def publish(self, topic: str, messages: object) -> list[str]:
        raise ConnectionError("no bus")


def test_one_sweep_at_a_time(pair: Pair) -> None:
    assert leases.acquire(pair.backends.state, "sweep", "another", timedelta(seconds=60)) is not None
    assert pair.sweep() == Swept(busy=True)


def test_a_batch_that_cannot_be_looked_after_keeps_nobody_waiting(pair: Pair) -> None:
    broken, sound = pair.begun(), pair.begun(reason=Trigger.CORRECTION)
    for request in pair.requests():
        pair.work(request)
    file = pair.shards(broken)[0].file
    assert file is not None
    pair.backends.objects.get = _failing(pair, file.key)  # type: ignore[method-assign]
    swept = pair.sweep()
    assert list(swept.errors) == [broken.batch_id]
    assert pair.batch(sound).state is BatchState.PUBLISHED


def _failing(pair: Pair, bad: str):  # type: ignore[no-untyped-def]
    fetch = pair.backends.objects.get

    def get(key: str) -> bytes:
        if key == bad:
            raise OSError("disk")
        return fetch(key)

    return get
