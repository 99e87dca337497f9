"""A canary's lane: its share of every batch, computed apart, and no slate that notices."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.backends.state import outbox
from propcast.core.errors import StoreUnavailable
from propcast.core.sport import Sport
from propcast.pipeline.batch import forecasting, planning, samples, sampling
from propcast.pipeline.batch.asking import Ask
from propcast.pipeline.batch.inputs import fetch
from propcast.pipeline.batch.records import Shard
from propcast.pipeline.batch.samples import Sample, SampleState, chosen
from propcast.pipeline.messages import LANE
from propcast.pipeline.outcomes import Outcome
from tests.pipeline.batch.sampled import (
    for_canary,
    for_workers,
    open_lane,
    sample,
    sampled,
)
from tests.pipeline.batch.slates import Pair, whole_tables
from tests.pipeline.conftest import MLB_DAY


def shards(n: int) -> list[Shard]:
    return [Shard(f"{number:08x}", "batch", number, (), datetime(2026, 11, 26, tzinfo=UTC)) for number in range(n)]


@pytest.mark.proves("C2")
@given(n=st.integers(1, 200), percent=st.integers(1, 99), more=st.integers(0, 98))
def test_a_share_is_never_more_than_it_says_but_one_shard_at_least(n: int, percent: int, more: int) -> None:
    found = chosen(shards(n), percent)
    assert len(found) >= 1
    assert len(found) == 1 or len(found) / n <= percent / 100
    assert chosen(list(reversed(shards(n))), percent) == found
    assert set(map(id_of, found)) <= set(map(id_of, chosen(shards(n), min(99, percent + more))))


def id_of(shard: Shard) -> str:
    return shard.shard_id


def test_nobody_is_chosen_of_nothing() -> None:
    assert chosen([], 50) == []


def test_without_a_lane_nothing_is_sent_or_kept_for_a_canary(pair: Pair) -> None:
    batch = pair.begun()
    assert (for_canary(pair), sampled(pair)) == ([], [])
    assert len(for_workers(pair)) == batch.n_shards == 3


@pytest.mark.parametrize(("percent", "n"), [(5, 1), (50, 1), (67, 2), (99, 2)])
def test_a_lane_gives_the_canary_its_share_beside_the_workers(pair: Pair, percent: int, n: int) -> None:
    open_lane(pair, percent)
    batch = pair.begun()
    asked = for_canary(pair)
    assert len(asked) == n
    assert [each.shard_id for each in for_workers(pair)] == [shard.shard_id for shard in pair.shards(batch)]
    assert {each.shard_id for each in asked} == {each.shard_id for each in sampled(pair)}
    assert {each.state for each in sampled(pair)} == {SampleState.ASKED}


def test_no_workers_message_waits_behind_one_for_the_canary(pair: Pair) -> None:
    open_lane(pair, 99)
    planning.start(pair.backends, Ask(Sport.MLB, MLB_DAY), pair.rules)
    waiting = outbox.due(pair.backends.state)
    ways = {is_for: {each.lane for each in waiting if (LANE in each.attributes) is is_for} for is_for in (True, False)}
    assert all(len(lanes) == 1 for lanes in ways.values())
    assert ways[True].isdisjoint(ways[False])


def test_what_a_sound_canary_computes_is_what_the_workers_do(pair: Pair) -> None:
    open_lane(pair, 99)
    batch = pair.begun()
    assert {sample(pair, each).outcome for each in for_canary(pair)} == {Outcome.DONE}
    pair.finish(batch)
    stable = {shard.shard_id: shard.file for shard in pair.shards(batch)}
    for each in sampled(pair):
        assert each.state is SampleState.DONE
        assert each.file is not None
        assert each.file.key.startswith(f"batches/{batch.batch_id}/{each.shard_id}/sampled/")
        assert stable[each.shard_id].sha256 == each.file.sha256  # type: ignore[union-attr]
        assert fetch(pair.backends.objects, each.file)


def test_a_sample_is_done_once_by_whom_it_was_asked_of(pair: Pair) -> None:
    open_lane(pair)
    pair.begun()
    (asked,) = for_canary(pair)
    assert sample(pair, asked, "worker-stable").outcome is Outcome.STALE
    assert sample(pair, asked).outcome is Outcome.DONE
    before = sampled(pair)
    assert sample(pair, asked).outcome is Outcome.DUPLICATE
    assert sampled(pair) == before
    unknown = next(each for each in for_workers(pair) if each.shard_id != asked.shard_id)
    assert sample(pair, unknown).outcome is Outcome.STALE


def test_a_canary_that_cannot_compute_has_failed_its_sample(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    open_lane(pair)
    pair.begun()
    monkeypatch.setattr(sampling, "forecast_shard", raising(ZeroDivisionError()))
    assert sample(pair, for_canary(pair)[0]).outcome is Outcome.DONE
    (failed,) = sampled(pair)
    assert (failed.state, failed.reason, failed.file) == (SampleState.FAILED, "ZeroDivisionError", None)


def test_a_store_that_does_not_answer_says_nothing_about_the_canary(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_lane(pair)
    pair.begun()
    monkeypatch.setattr(sampling, "forecast_shard", raising(StoreUnavailable("away")))
    with pytest.raises(StoreUnavailable):
        sample(pair, for_canary(pair)[0])
    assert sampled(pair)[0].state is SampleState.ASKED


def test_a_message_that_is_given_up_is_a_sample_that_has_failed(pair: Pair) -> None:
    open_lane(pair)
    pair.begun()
    (asked,) = for_canary(pair)
    for reason in ("8 deliveries", "again"):
        pair.backends.state.transact(lambda tx, why=reason: samples.lose(tx, asked.shard_id, why))  # type: ignore[misc]
    assert (sampled(pair)[0].state, sampled(pair)[0].reason) == (SampleState.FAILED, "8 deliveries")
    pair.backends.state.transact(lambda tx: samples.lose(tx, "no such shard", "whatever"))


def test_two_that_do_one_sample_end_it_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    open_lane(pair)
    pair.begun()
    (asked,) = for_canary(pair)
    computed, found = sampling._computed, list[Sample]()

    def overtaken(*given: Any) -> Sample:
        monkeypatch.setattr(sampling, "_computed", computed)
        assert sample(pair, asked).outcome is Outcome.DONE
        found.extend(sampled(pair))
        return replace(computed(*given), reason="late")

    monkeypatch.setattr(sampling, "_computed", overtaken)
    assert sample(pair, asked).outcome is Outcome.DUPLICATE
    assert sampled(pair) == found


def raising(error: Exception) -> Any:
    def forecast(*_: object) -> None:
        raise error

    return forecast


def test_a_slate_with_a_lane_is_the_slate_without(pair: Pair, undisturbed: Pair) -> None:
    open_lane(pair, 99)
    pair.finish(pair.begun())
    assert whole_tables(pair) == whole_tables(undisturbed)
    assert pair.batch(pair.begun()).state == "published"
    assert not any(shard.is_open for shard in pair.shards(pair.begun()))


def test_a_canary_that_is_wrong_changes_nothing_that_is_published(
    pair: Pair, undisturbed: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_lane(pair, 99)
    batch = pair.begun()
    sound = forecasting.forecast_people
    for asked in for_canary(pair):
        with monkeypatch.context() as lying:
            lying.setattr("propcast.pipeline.batch.working.forecast_people", lambda *given: twisted(sound(*given)))
            sample(pair, asked)
    pair.finish(batch)
    assert whole_tables(pair) == whole_tables(undisturbed)
    ours = {shard.shard_id: shard.file.sha256 for shard in pair.shards(batch) if shard.file}
    assert all(each.file and each.file.sha256 != ours[each.shard_id] for each in sampled(pair))


def twisted(rows: Any) -> Any:
    return rows.with_columns(mean=rows["mean"] + 0.3)
