"""The samples of a canary beside what was published of the same shards: equal, different, lost, or still to come."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from propcast.core.sport import Sport
from propcast.delivery.judge.business import differing
from propcast.delivery.pairs.pairing import FAILED, UNLIKE, Pairs, pairs_of
from propcast.pipeline.batch import sampling, working
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.samples import SampleState
from propcast.tables.forecasts import PREDICTIONS
from tests.pipeline.batch.sampled import ROLLOUT, for_canary, open_lane, sample, sampled
from tests.pipeline.batch.slates import Pair

Spoil = Callable[[pl.DataFrame], pl.DataFrame]


def found(pair: Pair, *, declared: bool = False) -> Pairs:
    return pairs_of(pair.backends, Sport.MLB, ROLLOUT, pair.rules.times, declared=declared)


def begun(pair: Pair, percent: int = 67) -> Batch:
    open_lane(pair, percent)
    return pair.begun()


def canary_works(pair: Pair, spoil: Spoil = lambda rows: rows) -> None:
    sound = vars(working)["forecast_shard"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "forecast_shard", lambda *given: spoil(sound(*given)))
        for asked in for_canary(pair):
            sample(pair, asked)


def test_where_no_slate_is_made_there_is_nothing_to_await(pair: Pair) -> None:
    open_lane(pair)
    assert found(pair) == Pairs()


def test_a_slate_made_without_samples_while_there_is_a_lane_is_awaited(pair: Pair) -> None:
    pair.begun()
    assert found(pair) == Pairs()
    pair.pass_time(seconds=1)
    open_lane(pair)
    assert found(pair) == Pairs()
    open_lane_since_before(pair)
    assert found(pair) == Pairs(awaited=1)


def open_lane_since_before(pair: Pair) -> None:
    """As if the coordinator had not looked: the batch was made while there was a lane."""
    pair.pass_time(hours=1)
    open_lane(pair, since=pair.clock.now().replace(year=2020))


def test_a_sound_canary_has_the_counters_of_the_stable_revision(pair: Pair) -> None:
    batch = begun(pair)
    canary_works(pair)
    pair.finish(batch)
    pairs = found(pair)
    assert pairs.canary == pairs.baseline
    assert pairs.awaited == 0
    assert pairs.canary is not None
    rows = sum(
        shard.rows for shard in pair.shards(batch) if shard.shard_id in {each.shard_id for each in sampled(pair)}
    )
    assert pairs.canary["rows"] == rows > 0
    assert sum(n for name, n in pairs.canary.items() if name.startswith("decisions")) == pytest.approx(rows)
    assert (pairs.canary[FAILED], pairs.canary[UNLIKE]) == (0, 0)


def shifted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("mean") + 1e-3)


def nulled(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(None, pl.Float64).alias("p_over_market"))


def one_less(rows: pl.DataFrame) -> pl.DataFrame:
    return rows[1:]


def silent(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit("abstained").alias("status"))


def swapped(rows: pl.DataFrame) -> pl.DataFrame:
    names = {f"{kind}_{side}{rest}": f"{kind}_{other}{rest}" for kind, rest in (("p", "_blended"), ("p", "_raw"))
             for side, other in (("over", "under"), ("under", "over"))}  # fmt: skip
    return rows.rename(names).select(rows.columns)


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (shifted, {UNLIKE}),
        (nulled, {UNLIKE, "values that are null"}),
        (one_less, {UNLIKE, "rows"}),
        (silent, {UNLIKE, "abstentions"}),
        (swapped, {UNLIKE}),
    ],
)
def test_whatever_a_canary_makes_otherwise_shows(pair: Pair, spoil: Spoil, names: set[str]) -> None:
    batch = begun(pair)
    canary_works(pair, spoil)
    pair.finish(batch)
    assert set(apart(found(pair))) >= names


def apart(pairs: Pairs) -> list[str]:
    assert pairs.canary is not None
    assert pairs.baseline is not None
    return list(differing(pairs.canary, pairs.baseline, 0.0))


def test_a_declared_change_of_values_is_not_held_against_the_canary_but_its_counters_are(pair: Pair) -> None:
    batch = begun(pair)
    canary_works(pair, shifted)
    pair.finish(batch)
    assert apart(found(pair, declared=True)) == []
    assert apart(found(pair)) == [UNLIKE]


def unreadable(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit("much").alias("mean"))


def without_a_key(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("prediction_id")


def broken(_: pl.DataFrame) -> pl.DataFrame:
    raise ZeroDivisionError


@pytest.mark.proves("C11")
@pytest.mark.parametrize("spoil", [unreadable, without_a_key, broken])
def test_a_shard_that_the_canary_fails_stays_counted_against_it(pair: Pair, spoil: Spoil) -> None:
    batch = begun(pair)
    canary_works(pair, spoil)
    pair.finish(batch)
    pairs = found(pair)
    assert pairs.canary == {FAILED: 2.0, UNLIKE: 0.0}
    assert pairs.baseline == {FAILED: 0.0, UNLIKE: 0.0}


def test_a_column_more_is_an_addition(pair: Pair) -> None:
    batch = begun(pair)
    canary_works(pair, lambda rows: rows.with_columns(pl.lit(1).alias("novelty")))
    pair.finish(batch)
    assert apart(found(pair)) == []


def test_a_canary_that_hangs_is_awaited_and_then_has_failed(pair: Pair) -> None:
    batch = begun(pair)
    assert found(pair) == Pairs(awaited=2)
    pair.finish(batch)
    pair.pass_time(seconds=120)
    assert found(pair) == Pairs(awaited=2)
    pair.pass_time(seconds=1)
    assert apart(found(pair)) == [FAILED]
    canary_works(pair)
    assert apart(found(pair)) == []


def test_a_canary_that_is_faster_waits_for_the_stable_revision(pair: Pair) -> None:
    begun(pair)
    canary_works(pair)
    assert found(pair) == Pairs(awaited=2)


def test_where_the_stable_revision_has_no_result_there_is_nothing_to_be_measured_by(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(pair)
    canary_works(pair)
    monkeypatch.setattr(working, "forecast_people", lambda *_: PREDICTIONS.empty())
    for request in pair.requests():
        pair.work(request)
    assert found(pair) == Pairs()


def test_a_file_that_is_not_the_one_recorded_is_no_result(pair: Pair) -> None:
    batch = begun(pair, 5)
    canary_works(pair)
    pair.finish(batch)
    (done,) = sampled(pair)
    assert done.state is SampleState.DONE
    assert done.file is not None
    objects: Any = pair.backends.objects
    objects.blobs[done.file.key] += b"x"
    assert found(pair).canary == {FAILED: 1.0, UNLIKE: 0.0}


def test_samples_of_another_rollout_are_nobodys_business(pair: Pair) -> None:
    batch = begun(pair)
    canary_works(pair, broken)
    pair.finish(batch)
    assert pairs_of(pair.backends, Sport.MLB, "rollout-2", pair.rules.times) == Pairs()
