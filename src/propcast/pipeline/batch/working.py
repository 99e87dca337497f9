"""A worker does one shard, from lease to result file and terminal state.

    run_shard(backends, request, message_key=..., holder=..., warm=..., rules=...) -> Handled

Outcomes, as in the acknowledgement table: `done`; `duplicate` (it had ended); `stale` (batch over, or too late);
`busy` with a wait (another holder's lease is live); `permanent` (recorded on the shard: unknown shard, inputs or model
not what was pinned, an unknown error for the third time). Raised, for the caller to answer: `StoreConflict` and
`StoreUnavailable` (transient), anything else (unclassified; a strike is on the shard's record).
The caller dispatches the outbox afterwards.
"""

from dataclasses import dataclass, field

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state import leases
from propcast.backends.state.port import Transaction
from propcast.core.errors import (
    ContractViolation,
    InputError,
    LeakDetected,
    ModelRefused,
    StoreConflict,
    StoreUnavailable,
)
from propcast.core.markets import market
from propcast.forecast.pricing import BatchIdentity
from propcast.pipeline.batch.ending import Task, end, fail, give_up, over_because, put_back, strike
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import get_batch, get_shard, save
from propcast.pipeline.batch.forecasting import forecast_people, rows_owed, said_of
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.pipeline.batch.inputs import of_people
from propcast.pipeline.batch.partition import named
from propcast.pipeline.batch.records import Batch, Pin, Shard
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import Refused, ShardState
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.frames import parquet
from propcast.pipeline.messages import PredictionRequest
from propcast.pipeline.outcomes import Handled, Outcome

PASSING = (StoreConflict, StoreUnavailable, OSError, MemoryError)
"""Errors that say nothing about a shard: the same work may end well when it is done again."""
_PERMANENT = (ContractViolation, InputError, LeakDetected, ModelRefused)


@dataclass(frozen=True)
class _Worker:
    """Who works, by which rules, and what it keeps between shards."""

    backends: Backends
    holder: str
    warm: Warm = field(default_factory=Warm)
    rules: Rules = field(default_factory=Rules)


def run_shard(
    backends: Backends,
    request: PredictionRequest,
    *,
    message_key: str,
    holder: str,
    warm: Warm | None = None,
    rules: Rules | None = None,
) -> Handled:
    """Do a shard once, whoever is asked how often; see the module for outcomes.

    `message_key` is the id under which the request was first published; `holder` names this process; `warm` is what
    it keeps between shards.
    """
    worker = _Worker(backends, holder, warm or Warm(), rules or Rules())
    task = backends.state.transact(lambda tx: _take(tx, worker, request.shard_id, message_key))
    if isinstance(task, Handled):
        return task
    worker.rules.failpoints.reach(Failpoint.SHARD_LEASED)
    most = worker.rules.strikes
    try:
        return _work(worker, task)
    except PASSING:
        put_back(backends.state, task)
        raise
    except _PERMANENT as error:
        return fail(backends.state, task, error)
    except Exception as error:
        if strike(backends.state, task, error, most) < most:
            raise
        return fail(backends.state, task, error, times=most)


def _take(tx: Transaction, worker: _Worker, shard_id: str, message_key: str) -> Task | Handled:
    """Lease the shard, or say why not."""
    try:
        shard = get_shard(tx, shard_id)
        batch = get_batch(tx, shard.batch_id)
    except Refused as error:
        return Handled(Outcome.PERMANENT, str(error))
    if not shard.is_open:
        return Handled(Outcome.DUPLICATE, f"the shard is {shard.state}")
    if over := over_because(batch, tx):
        save(tx, shard.moved(ShardState.EXPIRED, reason=over, ended_at=tx.now))
        return Handled(Outcome.STALE, over)
    live = leases.newest_lease(tx, shard.resource)
    if live is not None and live.expires_at > tx.now:
        wait = (live.expires_at - tx.now).total_seconds()
        return Handled(Outcome.BUSY, f"{live.holder} works on it", retry_after_s=wait)
    if shard.takes >= worker.rules.max_leases:
        return give_up(tx, batch, shard, f"{shard.takes} workers took it and none ended it")
    lease = leases.take(tx, shard.resource, worker.holder, worker.rules.times.lease)
    if lease is None:
        return Handled(Outcome.BUSY, "somebody was faster")
    leased = shard.moved(ShardState.LEASED, token=lease.token, takes=shard.takes + 1, leased_at=tx.now, reason="")
    save(tx, leased)
    return Task(batch, leased, lease, message_key)


def _work(worker: _Worker, task: Task) -> Handled:
    """Read, compute, write the file, commit; the lease is asked for before each effect."""
    backends, times, reach = worker.backends, worker.rules.times, worker.rules.failpoints.reach
    until = task.lease.expires_at - times.lease + times.shard
    with Heartbeat(backends.state, task.lease, times.lease, until) as heartbeat:
        rows = forecast_shard(backends, task.batch, task.shard, worker.warm, worker.rules)
        reach(Failpoint.SHARD_COMPUTED)
        heartbeat.require()
        key = f"batches/{task.batch.batch_id}/{task.shard.shard_id}/{task.lease.token}.parquet"
        file = Pin(key, backends.objects.put(key, parquet(rows)))
        reach(Failpoint.SHARD_FILE_WRITTEN)
        heartbeat.require()
        said = said_of(rows, task.shard.participants)
        ended = backends.state.transact(
            lambda tx: end(tx, task, ShardState.DONE, file=file, rows=rows.height, said=said)
        )
    reach(Failpoint.SHARD_COMMITTED)
    return ended


def forecast_shard(backends: Backends, batch: Batch, shard: Shard, warm: Warm, rules: Rules) -> pl.DataFrame:
    """Return the rows of a shard, from the inputs and models that its batch is pinned to; nothing is written.

    Raises:
        ContractViolation: they are not as many as the shard owes.
    """
    slate = warm.slate(backends.objects, batch)
    models = warm.models_of(backends.objects, batch)
    rules.failpoints.reach(Failpoint.SHARD_INPUTS_READ)
    markets = [market(name) for name in batch.markets]
    mine = of_people(slate, named(shard.participants))
    rows = forecast_people(mine, markets, models, BatchIdentity(batch.batch_id, batch.data_version))
    owed = rows_owed(shard.participants, markets)
    if rows.height != owed:
        raise ContractViolation(f"shard {shard.shard_id} made {rows.height} of {owed} rows; nothing was written")
    return rows
