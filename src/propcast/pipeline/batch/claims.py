"""The right to put a batch together: taken by one, used in one transaction, and void once its lease is lost."""

from dataclasses import dataclass, replace

from propcast.backends.state import leases
from propcast.backends.state.leases import Lease
from propcast.backends.state.port import Transaction
from propcast.backends.state.records import EXPECTED_OUTPUTS, StepState, output_body
from propcast.pipeline.batch.editions import Edition
from propcast.pipeline.batch.filing import find_batch, find_current, get_batch, get_shard, save, shards_of
from propcast.pipeline.batch.gathering import Gathered, lacks_of
from propcast.pipeline.batch.openers import finisher
from propcast.pipeline.batch.publishing import named, point, publication_of, published, settled
from propcast.pipeline.batch.records import Batch, Current, Shard
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import OPEN_SHARDS, BatchState, ShardState
from propcast.pipeline.outcomes import Handled, Outcome
from propcast.pipeline.steps import StepResult


@dataclass(frozen=True)
class Claim:
    """The right to put a batch together, and its shards at that moment."""

    batch: Batch
    shards: list[Shard]
    lease: Lease


def claim(tx: Transaction, batch_id: str, holder: str, rules: Rules) -> Claim | Handled:
    """Become the one who publishes, or say why not."""
    batch = find_batch(tx, batch_id)
    if batch is None:
        return Handled(Outcome.PERMANENT, f"there is no batch {batch_id}")
    if not batch.is_open:
        return Handled(Outcome.DUPLICATE, f"the batch is {batch.state}")
    shards = shards_of(tx, batch_id)
    n_open = sum(shard.is_open for shard in shards)
    if n_open and tx.now < batch.deadline_at:
        return Handled(Outcome.NOT_YET, f"{n_open} shards are open")
    other = finisher(tx, batch, rules)
    if other:
        return Handled(Outcome.NOT_YET, f"{other} opened it and finishes it")
    live = leases.newest_lease(tx, batch.resource)
    if live is not None and live.expires_at > tx.now:
        wait = (live.expires_at - tx.now).total_seconds()
        return Handled(Outcome.BUSY, f"{live.holder} is at it", retry_after_s=wait)
    if _has_nothing_new(batch, shards):
        return _left_as_it_is(tx, batch, shards)
    lease = leases.take(tx, batch.resource, holder, rules.times.lease)
    if lease is None:
        return Handled(Outcome.BUSY, "somebody was faster")
    claimed = batch.moved(BatchState.CONSOLIDATING, token=lease.token)
    save(tx, claimed)
    return Claim(claimed, shards, lease)


def _has_nothing_new(batch: Batch, shards: list[Shard]) -> bool:
    """Tell whether what is there was already published, or found to be nothing."""
    n_done = sum(shard.state is ShardState.DONE for shard in shards)
    return batch.state in (BatchState.PUBLISHED_PARTIAL, BatchState.FAILED) and n_done <= batch.n_included


def _left_as_it_is(tx: Transaction, batch: Batch, shards: list[Shard]) -> Handled:
    """Close a batch that nothing can be added to any more."""
    if any(shard.is_open for shard in shards):
        return Handled(Outcome.NOT_YET, "late shards are open")
    save(tx, replace(batch, is_open=False, **named(lacks_of(shards))))
    return Handled(Outcome.DUPLICATE, f"the batch stays {batch.state}")


def commit(tx: Transaction, mine: Claim, edition: Edition, seen: Current, n_included: int) -> StepResult | None:
    """Publish under the claim; None, and nothing changes, when the current slate is not the one that was seen."""
    held, batch = _held(tx, mine)
    goes_on = _goes_on(tx, batch, n_included)
    current = find_current(tx, batch.sport, batch.game_day)
    if current.pointer != seen.pointer:
        return None
    after = replace(published(batch, edition, tx.now), is_open=goes_on, n_included=n_included)
    batch.moved(after.state, under=mine.lease.token)
    point(tx, after, publication_of(after, edition, current, tx))
    save(tx, after)
    held.release()
    state = StepState.DEGRADED if edition.lacks else StepState.DONE
    reason = f"{len(edition.lacks)} participants are missing" if edition.lacks else ""
    return StepResult(state, reason, after.counts)


def close(tx: Transaction, mine: Claim, to: BatchState, reason: str, gathered: Gathered) -> StepResult:
    """End the batch without publication; a failed one may still come to life through late shards."""
    held, batch = _held(tx, mine)
    goes_on = to is BatchState.FAILED and _goes_on(tx, batch, 0)
    open_shards = [] if goes_on else shards_of(tx, batch.batch_id, OPEN_SHARDS)
    nothing_stands = find_current(tx, batch.sport, batch.game_day).pointer is None
    ended = batch.moved(to, under=mine.lease.token, note=reason, is_open=goes_on, **named(gathered.lacks))
    save(tx, ended)
    for shard in open_shards:
        save(tx, shard.moved(ShardState.CANCELLED, reason=reason, ended_at=tx.now))
    if nothing_stands:
        for cell in settled(batch, {}):
            tx.put(EXPECTED_OUTPUTS, cell.key, output_body(cell))
    held.release()
    return StepResult(StepState.FAILED if to is BatchState.FAILED else StepState.DONE, reason)


def _held(tx: Transaction, mine: Claim) -> tuple[leases.Held, Batch]:
    return leases.require(tx, mine.lease), get_batch(tx, mine.batch.batch_id)


def _goes_on(tx: Transaction, batch: Batch, n_included: int) -> bool:
    """Tell whether rows may still come: a shard is open, or ended while the others were put together."""
    shards = shards_of(tx, batch.batch_id, {*OPEN_SHARDS, ShardState.DONE})
    n_done = sum(shard.state is ShardState.DONE for shard in shards)
    return n_done > n_included or len(shards) > n_done


def discard(tx: Transaction, mine: Claim, shard_id: str, fault: str) -> None:
    """Record that a shard's result cannot be used."""
    leases.require(tx, mine.lease)
    shard = get_shard(tx, shard_id)
    if shard.state is ShardState.DONE:
        save(tx, shard.moved(ShardState.FAILED, reason=fault[:300]))
