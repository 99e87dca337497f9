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

from dataclasses import dataclass
from functools import partial

from propcast.backends.compose import Backends
from propcast.backends.state.port import Transaction
from propcast.core.errors import StoreConflict
from propcast.pipeline.batch.claims import Claim, claim, close, commit, discard
from propcast.pipeline.batch.editions import compose, write
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import find_batch, find_current, has_open_shard, save
from propcast.pipeline.batch.gathering import Gathered, gather
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.pipeline.batch.publishing import NO_ROWS
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import COLLECTING_STATES, OPEN_STATES, BatchState, ShardState
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
    mine = backends.state.transact(lambda tx: claim(tx, batch_id, holder, rules))
    if isinstance(mine, Handled):
        return mine
    rules.failpoints.reach(Failpoint.CONSOLIDATION_CLAIMED)
    batch = mine.batch
    with Heartbeat(backends.state, mine.lease, rules.times.lease) as heartbeat:
        work = _Work(backends, mine, heartbeat, rules)
        result = run_step(backends, publish_step(plan_of(batch.sport)), batch.sport, batch.game_day, work.publish)
    rules.failpoints.reach(Failpoint.PUBLISHED)
    return Handled(Outcome.DONE, result.reason)


@dataclass(frozen=True)
class _Work:
    """One batch being put together under a claim."""

    backends: Backends
    claim: Claim
    heartbeat: Heartbeat
    rules: Rules

    def publish(self, store: StepStore) -> StepResult:
        """Check, put together, write, and make current; again when the current slate has moved meanwhile."""
        gathered = gather(self.backends.objects, self.claim.batch, self.claim.shards)
        for shard_id, fault in gathered.broken.items():
            self.backends.state.transact(partial(discard, mine=self.claim, shard_id=shard_id, fault=fault))
        self.rules.failpoints.reach(Failpoint.CONSOLIDATION_READ)
        if gathered.rows.is_empty():
            return self._close(BatchState.FAILED, NO_ROWS, gathered)
        for _ in range(TRIES):
            result = self._publish_once(store, gathered)
            if result is not None:
                return result
        raise StoreConflict(f"the slate moved {TRIES} times while {self.claim.batch.batch_id} was put together")

    def _publish_once(self, store: StepStore, gathered: Gathered) -> StepResult | None:
        batch, state = self.claim.batch, self.backends.state
        current = find_current(state, batch.sport, batch.game_day)
        edition = compose(store, batch, gathered.rows, gathered.lacks, current)
        self.rules.failpoints.reach(Failpoint.CONSOLIDATION_DECIDED)
        if not edition.n_new:
            return self._close(BatchState.SUPERSEDED, "a later moment is current for everybody", gathered)
        self.heartbeat.require()
        write(store, edition, self.rules.failpoints)
        self.heartbeat.require()
        n_done = sum(shard.state is ShardState.DONE for shard in self.claim.shards)
        n_included = n_done - len(gathered.broken)
        return state.transact(lambda tx: commit(tx, self.claim, edition, current, n_included))

    def _close(self, to: BatchState, reason: str, gathered: Gathered) -> StepResult:
        return self.backends.state.transact(lambda tx: close(tx, self.claim, to, reason, gathered))
