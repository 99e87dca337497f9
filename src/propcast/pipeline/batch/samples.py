"""Shards that a canary computes beside the stable revision: who was asked for which, and what came of it.

They are kept apart from the shards themselves. Nothing of a batch reads them, so whatever a canary does with its
samples, or fails to do, no slate waits for it or is changed by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from propcast.backends.state.port import Collection, Reader, Transaction, Where
from propcast.core.identity import short_hash
from propcast.pipeline.batch.documents import read, written
from propcast.pipeline.batch.lanes import Lane
from propcast.pipeline.batch.records import Batch, Pin, Shard
from propcast.pipeline.batch.requesting import request_of_canary
from propcast.pipeline.messages import LANE
from propcast.pipeline.outcomes import Handled, Outcome

SAMPLES = Collection("samples", ("rollout", "sampled_at"))


class SampleState(StrEnum):
    """Where a sample stands."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Sample:
    """A shard that a canary was asked for too.

    Attributes:
        rollout, revision, percent: of the lane that it went by.
        file: the canary's rows.
        reason: why there are none.
    """

    shard_id: str
    batch_id: str
    rollout: str
    revision: str
    percent: int
    sampled_at: datetime
    state: SampleState = SampleState.ASKED
    ended_at: datetime | None = None
    file: Pin | None = None
    reason: str = ""


def chosen(shards: Sequence[Shard], percent: int) -> list[Shard]:
    """Return that share of the shards of a batch, rounded down, but one at least.

    By a hash of their ids: always the same ones, and a smaller share is a part of every larger one.
    """
    ranked = sorted(shards, key=lambda shard: short_hash(shard.shard_id, LANE))
    return ranked[: max(1, len(ranked) * percent // 100)] if ranked else []


def ask(tx: Transaction, batch: Batch, shards: Sequence[Shard], lane: Lane | None) -> None:
    """Owe the canary its share of a batch's shards; nothing without a lane. Nobody's message waits behind these."""
    if lane is None:
        return
    for shard in chosen(shards, lane.percent):
        save(tx, Sample(shard.shard_id, batch.batch_id, lane.rollout, lane.revision, lane.percent, tx.now))
        request_of_canary(tx, batch, shard)


def save(tx: Transaction, sample: Sample) -> None:
    """Create or replace a sample."""
    tx.put(SAMPLES, sample.shard_id, written(sample))


def lose(tx: Transaction, shard_id: str, reason: str) -> None:
    """End a sample whose message was given up: its canary has failed it."""
    sample = find(tx, shard_id)
    if sample is not None:
        end(tx, replace(sample, state=SampleState.FAILED, reason=reason))


def end(tx: Transaction, ended: Sample) -> Handled:
    """Put on record what came of a sample; who ends it first has ended it."""
    now = find(tx, ended.shard_id)
    if now is None or now.state is not SampleState.ASKED:
        return Handled(Outcome.DUPLICATE, "somebody was faster")
    save(tx, replace(ended, ended_at=tx.now))
    return Handled(Outcome.DONE, ended.reason)


def find(reader: Reader, shard_id: str) -> Sample | None:
    """Return the sample of a shard, or None."""
    body = reader.get(SAMPLES, shard_id)
    return None if body is None else read(Sample, body)


def of_rollout(reader: Reader, rollout: str) -> list[Sample]:
    """Return the samples of a rollout, the oldest first."""
    found = reader.find(SAMPLES, [Where("rollout", "==", rollout)], order_by="sampled_at")
    return [read(Sample, each.body) for each in found]
