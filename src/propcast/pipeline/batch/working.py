"""A worker does one shard, from lease to result file and terminal state.

    run_shard(backends, request, message_key=..., holder=..., warm=..., rules=...) -> Handled

Outcomes, as in the acknowledgement table: `done`; `duplicate` (it had ended); `stale` (batch over, or too late);
`busy` with a wait (another holder's lease is live); `permanent` (recorded on the shard: unknown shard, inputs or model
not what was pinned, an unknown error for the third time). Raised, for the caller to answer: `StoreConflict` and
`StoreUnavailable` (transient), anything else (unclassified; a strike is on the shard's record).
The caller dispatches the outbox afterwards.
"""

import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state import inbox, leases, outbox
from propcast.backends.state.leases import Lease
from propcast.backends.state.port import Transaction
from propcast.core.errors import (
    ContractViolation,
    InputError,
    LeakDetected,
    ModelRefused,
    PropCastError,
    StoreConflict,
    StoreUnavailable,
)
from propcast.core.identity import short_hash
from propcast.core.markets import market
from propcast.forecast.pricing import BatchIdentity
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.forecasting import forecast_people, rows_owed, said_of
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.pipeline.batch.inputs import Warm, of_people, parquet
from propcast.pipeline.batch.partition import named
from propcast.pipeline.batch.records import (
    Batch,
    Pin,
    Refused,
    Shard,
    ShardState,
    get_batch,
    get_shard,
    save,
)
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.messages import PredictionReady, PredictionRequest, Topic, attributes_of, body_of
from propcast.pipeline.outcomes import Handled, Outcome

CONSUMER = "prediction-worker"

_PASSING = (StoreConflict, StoreUnavailable, OSError, MemoryError)
_PERMANENT = (ContractViolation, InputError, LeakDetected, ModelRefused)
_REASON_LENGTH = 300


@dataclass(frozen=True)
class Worker:
    """Who works, by which rules, and what it keeps between shards."""

    backends: Backends
    holder: str
    warm: Warm = field(default_factory=Warm)
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class _Task:
    """A shard under lease, its batch, and the message that asked for it."""

    batch: Batch
    shard: Shard
    lease: Lease
    message_key: str


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
    worker = Worker(backends, holder, warm or Warm(), rules or Rules())
    task = backends.state.transact(lambda tx: _take(tx, worker, request.shard_id, message_key))
    if isinstance(task, Handled):
        return task
    worker.rules.failpoints.reach(Failpoint.SHARD_LEASED)
    try:
        return _work(worker, task)
    except _PASSING:
        _put_back(worker, task)
        raise
    except _PERMANENT as error:
        return _fail(worker, task, _text(error))
    except Exception as error:
        if _struck(worker, task, error) < worker.rules.strikes:
            raise
        return _fail(worker, task, f"{worker.rules.strikes} times {_text(error)}")


def _take(tx: Transaction, worker: Worker, shard_id: str, message_key: str) -> _Task | Handled:
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
    return _Task(batch, leased, lease, message_key)


def over_because(batch: Batch, tx: Transaction) -> str:
    """Say why nobody needs the batch's shards any more; empty while somebody does."""
    if not batch.is_open:
        return f"the batch is {batch.state}"
    return f"the batch was due at {batch.deadline_at}" if tx.now > batch.late_until else ""


def give_up(tx: Transaction, batch: Batch, shard: Shard, reason: str) -> Handled:
    """End a shard as failed and say so to the coordinator; a person or a new batch may begin it again."""
    failed = shard.moved(ShardState.FAILED, reason=reason[:_REASON_LENGTH], ended_at=tx.now)
    save(tx, failed)
    report(tx, batch, failed)
    return Handled(Outcome.PERMANENT, failed.reason)


def report(tx: Transaction, batch: Batch, shard: Shard) -> None:
    """Owe the coordinator the news that a shard has ended."""
    message = PredictionReady.model_validate(
        {
            "sport": batch.sport,
            "game_day": batch.game_day.date,
            "batch_id": batch.batch_id,
            "shard_id": shard.shard_id,
            "ordinal": shard.ordinal,
            "state": shard.state.value,
            "token": shard.token,
            "counts": {**shard.counts(), "rows": shard.rows},
            "reason": shard.reason,
        }
    )
    outbox.enqueue(
        tx, outbox.Outgoing(Topic.PREDICTION_READY, body_of(message), attributes_of(message), order_key=batch.batch_id)
    )


def _work(worker: Worker, task: _Task) -> Handled:
    """Read, compute, write the file, commit; the lease is asked for before each effect."""
    backends, times, reach = worker.backends, worker.rules.times, worker.rules.failpoints.reach
    until = task.lease.expires_at - times.lease + times.shard
    with Heartbeat(backends.state, task.lease, times.lease, until) as heartbeat:
        rows = _forecast(worker, task)
        reach(Failpoint.SHARD_COMPUTED)
        heartbeat.require()
        key = f"batches/{task.batch.batch_id}/{task.shard.shard_id}/{task.lease.token}.parquet"
        file = Pin(key, backends.objects.put(key, parquet(rows)))
        reach(Failpoint.SHARD_FILE_WRITTEN)
        heartbeat.require()
        said = said_of(rows, task.shard.participants)
        changes = {"file": file, "rows": rows.height, "said": said}
        ended = backends.state.transact(lambda tx: _end(tx, task, ShardState.DONE, **changes))
    reach(Failpoint.SHARD_COMMITTED)
    return ended


def _forecast(worker: Worker, task: _Task) -> pl.DataFrame:
    objects, batch = worker.backends.objects, task.batch
    slate = worker.warm.slate(objects, batch)
    models = worker.warm.models_of(objects, batch)
    worker.rules.failpoints.reach(Failpoint.SHARD_INPUTS_READ)
    markets = [market(name) for name in batch.markets]
    mine = of_people(slate, named(task.shard.participants))
    rows = forecast_people(mine, markets, models, BatchIdentity(batch.batch_id, batch.data_version))
    owed = rows_owed(task.shard.participants, markets)
    if rows.height != owed:
        raise ContractViolation(f"shard {task.shard.shard_id} made {rows.height} of {owed} rows; nothing was written")
    return rows


def _end(tx: Transaction, task: _Task, to: ShardState, **changes: Any) -> Handled:
    """Commit the shard's end: state, counts, file, inbox key and message, if it is still ours to end."""
    held = leases.require(tx, task.lease)
    batch, shard = get_batch(tx, task.batch.batch_id), get_shard(tx, task.shard.shard_id)
    repeated = inbox.seen(tx, CONSUMER, task.message_key)
    over = over_because(batch, tx)
    if over or not shard.is_open:
        if shard.is_open:
            save(tx, shard.moved(ShardState.EXPIRED, under=task.lease.token, reason=over, ended_at=tx.now))
        held.release()
        return Handled(Outcome.STALE, over or f"the shard is {shard.state}")
    ended = shard.moved(to, under=task.lease.token, ended_at=tx.now, **changes)
    save(tx, ended)
    report(tx, batch, ended)
    if not repeated:
        inbox.record(tx, CONSUMER, task.message_key)
    held.release()
    return Handled(Outcome.DONE if to is ShardState.DONE else Outcome.PERMANENT, ended.reason)


def _fail(worker: Worker, task: _Task, reason: str) -> Handled:
    return worker.backends.state.transact(lambda tx: _end(tx, task, ShardState.FAILED, reason=reason))


def _struck(worker: Worker, task: _Task, error: Exception) -> int:
    """Count one more failure of this kind, put the shard back, and return how many there were."""
    kind = short_hash(type(error).__name__, *_places(error), length=12)

    def work(tx: Transaction) -> int:
        held = leases.require(tx, task.lease)
        shard = get_shard(tx, task.shard.shard_id)
        count = shard.strikes.get(kind, 0) + 1
        strikes = {**shard.strikes, kind: count}
        if count < worker.rules.strikes:
            save(tx, shard.moved(ShardState.PENDING, under=task.lease.token, strikes=strikes, reason=_text(error)))
            held.release()
        return count

    return worker.backends.state.transact(work)


def _put_back(worker: Worker, task: _Task) -> None:
    """Let go of the shard at once, so that the next delivery need not wait for the lease to end; best effort."""

    def work(tx: Transaction) -> None:
        held = leases.require(tx, task.lease)
        shard = get_shard(tx, task.shard.shard_id)
        save(tx, shard.moved(ShardState.PENDING, under=task.lease.token, takes=shard.takes - 1))
        held.release()

    with suppress(StoreConflict, StoreUnavailable):
        worker.backends.state.transact(work)


def _places(error: Exception) -> list[str]:
    """Return where an error was raised: the same fault has the same places, whatever its words."""
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]


def _text(error: Exception) -> str:
    """Return a sentence of ours, or the kind of somebody else's error, whose words may quote values."""
    return (str(error) if isinstance(error, PropCastError) else type(error).__name__)[:_REASON_LENGTH]
