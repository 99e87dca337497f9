"""A batch is put together and published, once.

    complete(backends, ready) -> Noted

notes that a shard has ended. When it `is_complete` the caller answers the bus first, and consolidates outside of the
request.

    consolidate(backends, batch_id, holder=..., rules=...) -> Handled

claims the batch by lease and conditional write, checks every result, decides over the whole slate, writes predictions
and decisions under a tag of their own, and makes them current in one state transaction. `done`: published (whole, or
at the deadline with the missing ones named), failed, or superseded — the batch's row says which; `busy`: somebody else
is at it; `not_yet`: shards are open and the deadline is not reached; `duplicate`: nothing was left to do. The caller
dispatches the outbox afterwards.
"""

from dataclasses import dataclass, replace
from functools import partial

from propcast.backends.compose import Backends
from propcast.backends.state import leases
from propcast.backends.state.leases import Lease
from propcast.backends.state.port import Transaction
from propcast.backends.state.records import EXPECTED_OUTPUTS, StepState, output_body
from propcast.core.errors import StoreConflict
from propcast.pipeline.batch.editions import Edition, compose, write
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.gathering import UNFINISHED, Gathered, gather, lacking
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.pipeline.batch.publishing import NO_ROWS, named, point, publication_of, published, settled
from propcast.pipeline.batch.records import (
    COLLECTING_STATES,
    OPEN_SHARDS,
    OPEN_STATES,
    Batch,
    BatchState,
    Current,
    Shard,
    ShardState,
    find_batch,
    find_current,
    get_batch,
    get_shard,
    has_open_shard,
    save,
    shards_of,
)
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.messages import PredictionReady
from propcast.pipeline.outcomes import Handled, Outcome
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.forecasts import DECISIONS, PREDICTIONS

TRIES = 5
"""So often a batch is put together anew because another one was published meanwhile."""


@dataclass(frozen=True)
class Noted:
    """What came of a `prediction-ready`, and whether the batch can be put together now."""

    handled: Handled
    is_complete: bool = False


@dataclass(frozen=True)
class _Claim:
    """The right to put a batch together, and its shards at that moment."""

    batch: Batch
    shards: list[Shard]
    lease: Lease


def publish_step(plan: SportPlan) -> Step:
    """Return the step that publishes a batch."""
    return Step(f"{plan.sport}/publish", (PREDICTIONS,), (PREDICTIONS, DECISIONS))


def complete(backends: Backends, ready: PredictionReady, rules: Rules | None = None) -> Noted:
    """Note that a shard has ended; completion itself is always asked of the shards (see the module)."""

    def work(tx: Transaction) -> Noted:
        batch = find_batch(tx, ready.batch_id)
        if batch is None:
            return Noted(Handled(Outcome.PERMANENT, f"there is no batch {ready.batch_id}"))
        if not batch.is_open:
            return Noted(Handled(Outcome.DUPLICATE, f"the batch is {batch.state}"))
        is_late = batch.state not in OPEN_STATES
        is_complete = is_late or not has_open_shard(tx, batch.batch_id)
        if batch.state in COLLECTING_STATES - {BatchState.COLLECTING}:
            save(tx, batch.moved(BatchState.COLLECTING))
        return Noted(Handled(Outcome.DONE), is_complete=is_complete)

    noted = backends.state.transact(work)
    (rules or Rules()).failpoints.reach(Failpoint.COMPLETE_COLLECTED)
    return noted


def consolidate(backends: Backends, batch_id: str, *, holder: str, rules: Rules | None = None) -> Handled:
    """Put a batch together and publish it, if it is time and nobody else does; see the module."""
    rules = rules or Rules()
    claim = backends.state.transact(lambda tx: _claim(tx, batch_id, holder, rules))
    if isinstance(claim, Handled):
        return claim
    rules.failpoints.reach(Failpoint.CONSOLIDATION_CLAIMED)
    batch = claim.batch
    with Heartbeat(backends.state, claim.lease, rules.times.lease) as heartbeat:
        work = partial(_publish, backends, claim, heartbeat, rules)
        result = run_step(backends, publish_step(plan_of(batch.sport)), batch.sport, batch.game_day, work)
    rules.failpoints.reach(Failpoint.PUBLISHED)
    return Handled(Outcome.DONE, result.reason)


def _claim(tx: Transaction, batch_id: str, holder: str, rules: Rules) -> _Claim | Handled:
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
    return _Claim(claimed, shards, lease)


def _has_nothing_new(batch: Batch, shards: list[Shard]) -> bool:
    """Tell whether what is there was already published, or found to be nothing."""
    n_done = sum(shard.state is ShardState.DONE for shard in shards)
    return batch.state in (BatchState.PUBLISHED_PARTIAL, BatchState.FAILED) and n_done <= batch.n_included


def _left_as_it_is(tx: Transaction, batch: Batch, shards: list[Shard]) -> Handled:
    """Close a batch that nothing can be added to any more."""
    if any(shard.is_open for shard in shards):
        return Handled(Outcome.NOT_YET, "late shards are open")
    lacks = tuple(
        lack
        for shard in shards
        if shard.state is not ShardState.DONE
        for lack in lacking(shard, shard.reason or UNFINISHED)
    )
    save(tx, replace(batch, is_open=False, **named(lacks)))
    return Handled(Outcome.DUPLICATE, f"the batch stays {batch.state}")


def _publish(backends: Backends, claim: _Claim, heartbeat: Heartbeat, rules: Rules, store: StepStore) -> StepResult:
    """Check, put together, write, and make current; again from the current slate when that has moved meanwhile."""
    gathered = gather(backends.objects, claim.batch, claim.shards)
    for shard_id, fault in gathered.broken.items():
        backends.state.transact(partial(_break, claim, shard_id, fault))
    rules.failpoints.reach(Failpoint.CONSOLIDATION_READ)
    for _ in range(TRIES):
        result = _publish_once(backends, claim, gathered, heartbeat, rules, store)
        if result is not None:
            return result
    raise StoreConflict(f"batch {claim.batch.batch_id}: the current slate moved {TRIES} times meanwhile; try again")


def _publish_once(
    backends: Backends, claim: _Claim, gathered: Gathered, heartbeat: Heartbeat, rules: Rules, store: StepStore
) -> StepResult | None:
    batch, reach = claim.batch, rules.failpoints.reach
    if gathered.rows.is_empty():
        return backends.state.transact(lambda tx: _close(tx, claim, BatchState.FAILED, NO_ROWS, gathered))
    current = find_current(backends.state, batch.sport, batch.game_day)
    edition = compose(store, batch, gathered.rows, gathered.lacks, current)
    reach(Failpoint.CONSOLIDATION_DECIDED)
    if not edition.n_new:
        reason = "a later moment is current for everybody"
        return backends.state.transact(lambda tx: _close(tx, claim, BatchState.SUPERSEDED, reason, gathered))
    heartbeat.require()
    write(store, edition, rules.failpoints)
    heartbeat.require()
    n_included = sum(shard.state is ShardState.DONE for shard in claim.shards) - len(gathered.broken)
    return backends.state.transact(lambda tx: _commit(tx, claim, edition, current, n_included))


def _commit(tx: Transaction, claim: _Claim, edition: Edition, seen: Current, n_included: int) -> StepResult | None:
    """Publish under the claim; None, and nothing changes, when the current slate is not the one that was seen."""
    held, batch = _held(tx, claim)
    goes_on = _goes_on(tx, batch, n_included)
    current = find_current(tx, batch.sport, batch.game_day)
    if current.pointer != seen.pointer:
        return None
    after = replace(published(batch, edition, tx.now), is_open=goes_on, n_included=n_included)
    batch.moved(after.state, under=claim.lease.token)
    point(tx, after, publication_of(after, edition, current, tx))
    save(tx, after)
    held.release()
    state = StepState.DEGRADED if edition.lacks else StepState.DONE
    reason = f"{len(edition.lacks)} participants are missing" if edition.lacks else ""
    return StepResult(state, reason, after.counts)


def _close(tx: Transaction, claim: _Claim, to: BatchState, reason: str, gathered: Gathered) -> StepResult:
    """End the batch without publication; a failed one may still come to life through late shards."""
    held, batch = _held(tx, claim)
    goes_on = to is BatchState.FAILED and _goes_on(tx, batch, 0)
    open_shards = [] if goes_on else shards_of(tx, batch.batch_id, OPEN_SHARDS)
    ended = batch.moved(to, under=claim.lease.token, note=reason, is_open=goes_on, **named(gathered.lacks))
    save(tx, ended)
    for shard in open_shards:
        save(tx, shard.moved(ShardState.CANCELLED, reason=reason, ended_at=tx.now))
    if to is BatchState.FAILED and batch.publications == 0:
        for cell in settled(batch, {}):
            tx.put(EXPECTED_OUTPUTS, cell.key, output_body(cell))
    held.release()
    return StepResult(StepState.FAILED if to is BatchState.FAILED else StepState.DONE, reason)


def _held(tx: Transaction, claim: _Claim) -> tuple[leases.Held, Batch]:
    return leases.require(tx, claim.lease), get_batch(tx, claim.batch.batch_id)


def _goes_on(tx: Transaction, batch: Batch, n_included: int) -> bool:
    """Tell whether rows may still come: a shard is open, or ended while the others were put together."""
    shards = shards_of(tx, batch.batch_id, {*OPEN_SHARDS, ShardState.DONE})
    n_done = sum(shard.state is ShardState.DONE for shard in shards)
    return n_done > n_included or len(shards) > n_done


def _break(claim: _Claim, shard_id: str, fault: str, tx: Transaction) -> None:
    """Record that a shard's result cannot be used."""
    leases.require(tx, claim.lease)
    shard = get_shard(tx, shard_id)
    if shard.state is ShardState.DONE:
        save(tx, shard.moved(ShardState.FAILED, reason=fault[:300]))
