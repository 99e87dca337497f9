"""One shard: done once, by whoever holds it, or ended with a reason that says what happened."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from propcast.backends.state import inbox, leases
from propcast.backends.state.leases import Fenced
from propcast.core.errors import StoreUnavailable
from propcast.core.reasons import Status
from propcast.pipeline.batch import forecasting
from propcast.pipeline.batch.ending import CONSUMER
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import save
from propcast.pipeline.batch.records import Pin, Said
from propcast.pipeline.batch.states import ShardState
from propcast.pipeline.batch.superseding import cancel
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.messages import PredictionRequest
from propcast.pipeline.outcomes import Handled, Outcome
from propcast.pipeline.slate import forecast_markets
from tests.pipeline.batch.slates import Pair, rules_with


def first(pair: Pair) -> PredictionRequest:
    return pair.requests(pair.begun())[0]


@pytest.mark.proves("L24")
def test_a_shard_ends_with_its_file_its_counts_its_inbox_key_and_its_message(pair: Pair) -> None:
    request = first(pair)
    assert pair.work(request).outcome is Outcome.DONE
    shard = pair.shards(pair.begun())[0]
    assert shard.state is ShardState.DONE
    assert shard.file is not None
    assert shard.file.key == f"batches/{shard.batch_id}/{shard.shard_id}/1.parquet"
    assert pair.backends.objects.exists(shard.file.key)
    assert sum(shard.counts().values()) == len(shard.participants) == len(shard.said)
    assert inbox.seen(pair.backends.state, CONSUMER, request.shard_id)
    assert [ready.counts["rows"] for ready in pair.readies()] == [shard.rows]


def test_a_second_delivery_does_nothing(pair: Pair) -> None:
    request = first(pair)
    pair.work(request)
    before, sent = pair.shards(pair.begun()), len(pair.posted.messages)
    assert pair.work(request).outcome is Outcome.DUPLICATE
    assert (pair.shards(pair.begun()), len(pair.posted.messages)) == (before, sent)


def test_while_one_works_another_waits(pair: Pair) -> None:
    request = first(pair)
    busy: list[Handled] = []

    class Second:
        def reach(self, point: Failpoint) -> None:
            if point is Failpoint.SHARD_COMPUTED and not busy:
                busy.append(pair.work(request, "second"))

    pair.work(request, rules=rules_with(pair, failpoints=Second()))
    assert busy[0].outcome is Outcome.BUSY
    assert busy[0].retry_after_s == 60


@pytest.mark.proves("B4", "L26")
def test_a_worker_frozen_past_its_lease_changes_nothing_when_it_thaws(pair: Pair) -> None:
    request, thawed = first(pair), []

    class Freeze:
        def reach(self, point: Failpoint) -> None:
            if point is Failpoint.SHARD_FILE_WRITTEN:
                pair.pass_time(seconds=61)
                thawed.append(pair.work(request, "second"))

    with pytest.raises(Fenced, match="lost"):
        pair.work(request, rules=rules_with(pair, failpoints=Freeze()))
    shard = pair.shards(pair.begun())[0]
    assert thawed[0].outcome is Outcome.DONE
    assert shard.file is not None
    assert shard.file.key.endswith("/2.parquet")
    assert len(pair.readies()) == 1


@pytest.mark.parametrize(("minutes", "outcome"), [(14, Outcome.DONE), (16, Outcome.DONE), (31, Outcome.STALE)])
def test_a_late_shard_is_still_wanted_for_a_while(pair: Pair, minutes: int, outcome: Outcome) -> None:
    request = first(pair)
    pair.pass_time(minutes=minutes)
    assert pair.work(request).outcome is outcome


def test_nobody_works_for_a_batch_that_is_over(pair: Pair) -> None:
    request = first(pair)
    cancel(pair.backends, request.batch_id, by="ann", reason="test")
    assert pair.work(request).outcome is Outcome.DUPLICATE
    assert {shard.state for shard in pair.shards(pair.begun())} == {ShardState.CANCELLED}


def test_a_batch_cancelled_during_the_work_takes_no_result(pair: Pair) -> None:
    request = first(pair)

    class Cancel:
        def reach(self, point: Failpoint) -> None:
            if point is Failpoint.SHARD_FILE_WRITTEN:
                cancel(pair.backends, request.batch_id, by="ann", reason="test")

    assert pair.work(request, rules=rules_with(pair, failpoints=Cancel())).outcome is Outcome.STALE
    assert pair.readies() == []


@pytest.mark.proves("L30")
def test_an_unknown_shard_is_permanent(pair: Pair) -> None:
    request = first(pair).model_copy(update={"shard_id": "0" * 24})
    assert pair.work(request).outcome is Outcome.PERMANENT


@pytest.mark.proves("L30", "L43")
def test_inputs_that_are_not_those_pinned_fail_the_shard_for_good(pair: Pair) -> None:
    request = first(pair)
    batch = pair.begun()
    pair.backends.state.transact(lambda tx: save(tx, replace(batch, inputs=Pin(batch.inputs.key, "0" * 64))))  # type: ignore[union-attr]
    handled = pair.work(request)
    shard = pair.shards(batch)[0]
    assert handled.outcome is Outcome.PERMANENT
    assert (shard.state, shard.reason) == (ShardState.FAILED, handled.reason)
    assert "was pinned" in shard.reason
    assert [ready.state for ready in pair.readies()] == ["failed"]
    assert pair.work(request).outcome is Outcome.DUPLICATE


class Poisoned:
    """A forecast that fails whenever certain people are on the slate."""

    def __init__(self, people: set[str]) -> None:
        self.people, self.calls = people, 0

    def __call__(self, slate: Any, *rest: Any) -> pl.DataFrame:
        self.calls += 1
        alive = slate.contexts.filter(pl.col("reason").is_null() | (pl.col("reason") != "UNEXPECTED_ERROR"))
        if self.people & set(alive["participant_id"].to_list()):
            raise ZeroDivisionError("a feature that nobody thought of")
        return forecast_markets(slate, *rest)


def test_one_bad_participant_abstains_and_takes_nobody_along(
    pair: Pair, undisturbed: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Narrowed down by halves: he has all of his rows, each with the reason; the others are what they would be."""
    batch = pair.begun()
    people = [each.participant_id for each in pair.shards(batch)[1].participants]
    monkeypatch.setattr(forecasting, "forecast_markets", Poisoned({people[1]}))
    assert pair.work(pair.requests(batch)[1]).outcome is Outcome.DONE
    shard, sound = pair.shards(batch)[1], undisturbed.shards(batch)[1]
    assert shard.said[1] == Said(Status.ABSTAINED, ("UNEXPECTED_ERROR",))
    assert shard.said[0] == sound.said[0]
    assert shard.rows == sound.rows


def test_an_unknown_error_is_tried_three_times_and_then_permanent(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """It spares nobody, so it is no participant's fault; each strike lets go of the shard at once."""
    request = first(pair)
    everybody = {each.participant_id for shard in pair.shards(pair.begun()) for each in shard.participants}
    monkeypatch.setattr(forecasting, "forecast_markets", Poisoned(everybody))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            pair.work(request)
        assert pair.shards(pair.begun())[0].state is ShardState.PENDING
    handled = pair.work(request)
    assert (handled.outcome, handled.reason) == (Outcome.PERMANENT, "3 times ZeroDivisionError")
    assert pair.shards(pair.begun())[0].state is ShardState.FAILED


def test_a_store_that_does_not_answer_charges_nobody(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    request = first(pair)

    def unavailable(*_: object) -> None:
        raise StoreUnavailable("locked")

    with monkeypatch.context() as patch:
        patch.setattr(Warm, "slate", unavailable)
        for _ in range(10):
            with pytest.raises(StoreUnavailable):
                pair.work(request)
    assert pair.work(request).outcome is Outcome.DONE


@pytest.mark.proves("L30")
def test_a_shard_that_kills_its_workers_is_given_up(pair: Pair) -> None:
    request = first(pair)
    for _ in range(pair.rules.max_leases):
        pair.killer.at = Failpoint.SHARD_LEASED
        with pytest.raises(BaseException, match="SHARD_LEASED"):
            pair.work(request)
        pair.pass_time(seconds=61)
    assert pair.work(request).outcome is Outcome.PERMANENT
    assert "8 workers took it" in pair.shards(pair.begun())[0].reason


def test_a_warm_worker_reads_the_inputs_of_a_batch_once(pair: Pair) -> None:
    batch = pair.begun()
    read = []
    fetch = pair.backends.objects.get
    pair.backends.objects.get = lambda key: read.append(key) or fetch(key)  # type: ignore[method-assign,func-returns-value]
    for request in pair.requests(batch):
        pair.work(request)
    assert batch.inputs is not None
    assert batch.pool is not None
    assert read == [batch.inputs.key, batch.pool.key]


def test_the_lease_of_a_shard_is_let_go_with_its_end(pair: Pair) -> None:
    request = first(pair)
    pair.work(request)
    lease = leases.newest_lease(pair.backends.state, f"shard/{request.shard_id}")
    assert lease is not None
    assert lease.expires_at - pair.clock.now() <= timedelta(0)
