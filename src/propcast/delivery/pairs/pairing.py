"""Pairs the samples of a canary with the shards that were published, and says how the two differ."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO

import polars as pl
from polars.exceptions import PolarsError

from propcast.backends.compose import Backends
from propcast.backends.objects.port import Objects
from propcast.backends.state.port import Reader, Where
from propcast.core.errors import PropCastError
from propcast.core.sport import Sport
from propcast.delivery.pairs.counting import Counters, counters
from propcast.delivery.replay.comparing import compare
from propcast.pipeline.batch import lanes, samples
from propcast.pipeline.batch.filing import batches_where, get_batch, get_shard
from propcast.pipeline.batch.gathering import as_read, result_of
from propcast.pipeline.batch.inputs import fetch
from propcast.pipeline.batch.records import Shard
from propcast.pipeline.batch.rules import BatchTimes
from propcast.pipeline.batch.samples import Sample, SampleState
from propcast.pipeline.batch.states import ShardState

FAILED, UNLIKE = "shards failed", "values that differ"
LATEST = 50
"""So many batches back it is looked for those that nobody has sampled."""


@dataclass(frozen=True)
class Pairs:
    """What is known of the sampled shards of a rollout.

    Attributes:
        canary, baseline: counters; None as long as there is nothing to compare.
        awaited: shards, or whole batches, of which a pair is still to come.
    """

    canary: Counters | None = None
    baseline: Counters | None = None
    awaited: int = 0


@dataclass
class _Found:
    """Rows of both, pair by pair."""

    canary: list[pl.DataFrame] = field(default_factory=list)
    baseline: list[pl.DataFrame] = field(default_factory=list)
    failed: int = 0
    awaited: int = 0

    def told(self, unlike: int | None) -> Pairs:
        if not self.canary and not self.failed:
            return Pairs(awaited=self.awaited)
        ours, theirs = _counted(self.canary), _counted(self.baseline)
        if unlike is not None:
            ours, theirs = {**ours, UNLIKE: float(unlike)}, {**theirs, UNLIKE: 0.0}
        return Pairs({**ours, FAILED: float(self.failed)}, {**theirs, FAILED: 0.0}, self.awaited)


def pairs_of(backends: Backends, sport: Sport, rollout: str, times: BatchTimes, *, declared: bool = False) -> Pairs:
    """Return what a rollout's canary made of its samples, against what the stable revision made of the same shards.

    A sample that the canary has failed, or not ended when a shard's time is over since the stable revision has, counts
    against it. Where the
    stable revision ended a shard without a result there is nothing to be measured by. With `declared` the release says
    that its forecasts change, so that single values are not held against it.
    """
    found = _Found()
    asked = samples.of_rollout(backends.state, rollout)
    for sample in asked:
        _look(backends, sample, times.shard, found)
    if not asked:
        found.awaited = _unsampled(backends.state, sport, rollout)
    both = zip(found.baseline, found.canary, strict=True)
    return found.told(None if declared else sum(_unlike(theirs, ours) for theirs, ours in both))


def _look(backends: Backends, sample: Sample, patience: timedelta, found: _Found) -> None:
    shard = get_shard(backends.state, sample.shard_id)
    if shard.state is ShardState.DONE and sample.state is not SampleState.ASKED:
        _pair(backends, sample, shard, found)
    elif shard.state is ShardState.DONE and _since(sample, shard) + patience < backends.state.now():
        found.failed += 1
    elif shard.state is ShardState.DONE or shard.is_open:
        found.awaited += 1


def _since(sample: Sample, shard: Shard) -> datetime:
    return max(sample.sampled_at, shard.ended_at or sample.sampled_at)


def _pair(backends: Backends, sample: Sample, shard: Shard, found: _Found) -> None:
    try:
        baseline = result_of(backends.objects, get_batch(backends.state, shard.batch_id), shard)
    except PropCastError:  # nothing that another could be measured by
        return
    canary = _rows(backends.objects, sample)
    if canary is None:
        found.failed += 1
        return
    found.baseline.append(baseline)
    found.canary.append(canary)


def _rows(objects: Objects, sample: Sample) -> pl.DataFrame | None:
    """Return what the canary wrote, as readers of the table would see it; None where it cannot be read so."""
    if sample.file is None:
        return None
    try:
        return as_read(pl.read_parquet(BytesIO(fetch(objects, sample.file))))
    except (PropCastError, PolarsError):
        return None


def _counted(parts: list[pl.DataFrame]) -> dict[str, float]:
    return counters(pl.concat(parts)) if parts else {}


def _unlike(baseline: pl.DataFrame, canary: pl.DataFrame) -> int:
    compared = compare(baseline, canary)
    return compared.missing + compared.differing


def _unsampled(reader: Reader, sport: Sport, rollout: str) -> int:
    """Count batches that were made since the lane was there, and of which the canary was given nothing."""
    lane = lanes.find(reader, sport)
    if lane is None or lane.rollout != rollout:
        return 0
    made = batches_where(reader, [Where("sport", "==", sport.value)], limit=LATEST)
    return sum(each.inputs is not None and each.created_at >= lane.since for each in made)
