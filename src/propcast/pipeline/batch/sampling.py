"""A canary does its sample of a shard: the same work from the same inputs, kept apart and never published.

    run_sample(backends, request, revision=..., warm=..., rules=...) -> Handled

No lease is taken and no record of the batch is touched. Two who do the same sample both compute; the first to end it
has ended it. `done` also where the canary could not compute what it was asked: that is its result, and nobody else's
trouble. `stale`: no sample of this revision is asked for.
"""

from dataclasses import replace

from propcast.backends.compose import Backends
from propcast.pipeline.batch import inputs, samples
from propcast.pipeline.batch.ending import reason_of
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import get_batch, get_shard
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.samples import Sample, SampleState
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.batch.working import PASSING, forecast_shard
from propcast.pipeline.frames import parquet
from propcast.pipeline.messages import PredictionRequest
from propcast.pipeline.outcomes import Handled, Outcome


def run_sample(
    backends: Backends,
    request: PredictionRequest,
    *,
    revision: str,
    warm: Warm | None = None,
    rules: Rules | None = None,
) -> Handled:
    """Do a sample, if it is `revision` that was asked for it; see the module for outcomes."""
    sample = samples.find(backends.state, request.shard_id)
    if sample is None or sample.revision != revision:
        return Handled(Outcome.STALE, f"{revision} was not asked to compute this shard")
    if sample.state is not SampleState.ASKED:
        return Handled(Outcome.DUPLICATE, f"the sample is {sample.state}")
    try:
        ended = _computed(backends, sample, warm or Warm(), rules or Rules())
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of one sample: whatever is wrong is what is known of the canary
        ended = replace(sample, state=SampleState.FAILED, reason=reason_of(error))
    return backends.state.transact(lambda tx: samples.end(tx, ended))


def _computed(backends: Backends, sample: Sample, warm: Warm, rules: Rules) -> Sample:
    batch, shard = get_batch(backends.state, sample.batch_id), get_shard(backends.state, sample.shard_id)
    rows = forecast_shard(backends, batch, shard, warm, rules)
    rules.failpoints.reach(Failpoint.SHARD_COMPUTED)
    place = f"batches/{batch.batch_id}/{shard.shard_id}/sampled/{{}}.parquet"
    file = inputs.put(backends.objects, place, parquet(rows))
    rules.failpoints.reach(Failpoint.SHARD_FILE_WRITTEN)
    return replace(sample, state=SampleState.DONE, file=file)
