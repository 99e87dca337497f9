"""How a shard ends: with a result, for good without one, put back, or out of date; each in one transaction."""

import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from propcast.backends.state import inbox, leases, outbox
from propcast.backends.state.leases import Lease
from propcast.backends.state.port import State, Transaction
from propcast.core.errors import PropCastError, StoreConflict, StoreUnavailable
from propcast.core.identity import short_hash
from propcast.pipeline.batch.filing import get_batch, get_shard, save
from propcast.pipeline.batch.records import Batch, Shard
from propcast.pipeline.batch.states import ShardState
from propcast.pipeline.messages import PredictionReady, Topic, attributes_of, body_of
from propcast.pipeline.outcomes import Handled, Outcome

CONSUMER = "prediction-worker"

_REASON_LENGTH = 300


@dataclass(frozen=True)
class Task:
    """A shard under lease, its batch, and the message that asked for it."""

    batch: Batch
    shard: Shard
    lease: Lease
    message_key: str


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


def end(tx: Transaction, task: Task, to: ShardState, **changes: Any) -> Handled:
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


def fail(state: State, task: Task, error: Exception, times: int = 1) -> Handled:
    """End the shard for good, with the error as its reason."""
    reason = f"{times} times {reason_of(error)}" if times > 1 else reason_of(error)
    return state.transact(lambda tx: end(tx, task, ShardState.FAILED, reason=reason[:_REASON_LENGTH]))


def strike(state: State, task: Task, error: Exception, most: int) -> int:
    """Count one more failure of this kind and return how many there were; below `most` the shard is put back."""
    kind = short_hash(type(error).__name__, *_places(error), length=12)

    def work(tx: Transaction) -> int:
        held = leases.require(tx, task.lease)
        shard = get_shard(tx, task.shard.shard_id)
        count = shard.strikes.get(kind, 0) + 1
        strikes = {**shard.strikes, kind: count}
        if count < most:
            save(tx, shard.moved(ShardState.PENDING, under=task.lease.token, strikes=strikes, reason=reason_of(error)))
            held.release()
        return count

    return state.transact(work)


def put_back(state: State, task: Task) -> None:
    """Let go of the shard at once, so that the next delivery need not wait for the lease to end; best effort."""

    def work(tx: Transaction) -> None:
        held = leases.require(tx, task.lease)
        shard = get_shard(tx, task.shard.shard_id)
        save(tx, shard.moved(ShardState.PENDING, under=task.lease.token, takes=shard.takes - 1))
        held.release()

    with suppress(StoreConflict, StoreUnavailable):
        state.transact(work)


def _places(error: Exception) -> list[str]:
    """Return where an error was raised: the same fault has the same places, whatever its words."""
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]


def reason_of(error: Exception) -> str:
    """Return a sentence of ours, or the kind of somebody else's error, whose words may quote values."""
    return (str(error) if isinstance(error, PropCastError) else type(error).__name__)[:_REASON_LENGTH]
