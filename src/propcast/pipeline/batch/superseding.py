"""What changes the course of batches: news about some people, and the hand of an operator.

    supersede(backends, changed, rules) -> Superseded

begins a batch of the people named by a `lines-changed`, as of its moment, for which features stand. Its rows are put
beside those of everybody else on the current slate, whole, before readers are pointed at them: there is no instant
without a current forecast. Decisions are made anew over the whole slate, because its caps are.

    cancel(backends, batch_id, by=..., reason=...) -> Handled
    redrive(backends, batch_id, by=..., rules=...) -> Handled

end an open batch without (further) publication; ask again for the shards of a batch that failed, was cancelled or is
incomplete. Both leave an audit row in the same transaction. The caller dispatches the outbox afterwards.
"""

from dataclasses import dataclass, replace

from propcast.backends.compose import Backends
from propcast.backends.state import audit
from propcast.backends.state.port import Transaction
from propcast.backends.state.records import StepState
from propcast.core.errors import NotReady
from propcast.pipeline.batch.asking import Ask, Prepared, prepare
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import find_batch, find_current, save, shards_of
from propcast.pipeline.batch.planning import begin, plan_step
from propcast.pipeline.batch.records import Batch, Current
from propcast.pipeline.batch.requesting import request
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import OPEN_SHARDS, BatchState, ShardState
from propcast.pipeline.messages import LinesChanged
from propcast.pipeline.outcomes import Handled, Outcome
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepResult, StepStore, run_step

_AGAIN = (ShardState.FAILED, ShardState.EXPIRED, ShardState.CANCELLED, ShardState.SKIPPED)


@dataclass(frozen=True)
class Superseded:
    """What came of a `lines-changed`: `done` or `duplicate` with the batch, `stale` when its events have started."""

    handled: Handled
    batch: Batch | None = None


def supersede(backends: Backends, changed: LinesChanged, rules: Rules | None = None) -> Superseded:
    """Begin a batch for the people whose lines changed; see the module.

    Raises:
        NotReady: no slate is published yet, or no features stand as of that moment.
    """
    plan, found = plan_of(changed.sport), list[Superseded]()
    people = tuple((person.event_id, person.participant_id) for person in changed.people)
    ask = Ask(changed.sport, changed.day, changed.as_of, changed.reason, people=people)

    def work(store: StepStore) -> StepResult:
        current = find_current(backends.state, changed.sport, changed.day)
        if current.pointer is None:
            raise NotReady(f"no slate of {changed.sport} {changed.day} is published yet; look again later")
        prepared = prepare(backends, store, ask)
        if isinstance(prepared, StepResult):
            found.append(Superseded(Handled(Outcome.STALE, prepared.reason)))
            return prepared
        started = begin(backends, _beside(backends, prepared, current), rules or Rules())
        outcome = Outcome.DONE if started.created else Outcome.DUPLICATE
        found.append(Superseded(Handled(outcome, started.reason), started.batch))
        return StepResult(StepState.DONE, "", {"participants": len(prepared.people), "created": started.created})

    run_step(backends, plan_step(plan), changed.sport, changed.day, work)
    return found[0]


def cancel(backends: Backends, batch_id: str, *, by: str, reason: str, rules: Rules | None = None) -> Handled:
    """End a batch that is not over; what it has published stays."""

    def work(tx: Transaction) -> Handled:
        batch = find_batch(tx, batch_id)
        if batch is None:
            return Handled(Outcome.PERMANENT, f"there is no batch {batch_id}")
        if not batch.is_open:
            return Handled(Outcome.DUPLICATE, f"the batch is {batch.state}")
        shards = shards_of(tx, batch_id, OPEN_SHARDS)
        has_rows = batch.publications > 0
        state = BatchState.PUBLISHED_PARTIAL if has_rows else BatchState.CANCELLED
        audit.append(tx, actor=by, action="cancel batch", target=batch_id, detail={"reason": reason})
        save(tx, replace(batch, state=state, is_open=False, note=f"cancelled by {by}: {reason}"))
        for shard in shards:
            save(tx, shard.moved(ShardState.CANCELLED, reason=reason, ended_at=tx.now))
        return Handled(Outcome.DONE)

    handled = backends.state.transact(work)
    (rules or Rules()).failpoints.reach(Failpoint.CANCELLED)
    return handled


def redrive(backends: Backends, batch_id: str, *, by: str, rules: Rules | None = None) -> Handled:
    """Ask again for every shard of an incomplete batch that ended without a result, with new deadlines."""
    rules = rules or Rules()

    def work(tx: Transaction) -> Handled:
        batch = find_batch(tx, batch_id)
        if batch is None or batch.inputs is None:
            return Handled(Outcome.PERMANENT, f"there is no batch {batch_id} whose inputs are stored; start one")
        if batch.state not in (BatchState.FAILED, BatchState.CANCELLED, BatchState.PUBLISHED_PARTIAL):
            return Handled(Outcome.DUPLICATE, f"the batch is {batch.state}")
        shards = shards_of(tx, batch_id, _AGAIN)
        again = _begun_again(batch, tx, rules)
        audit.append(tx, actor=by, action="redrive batch", target=batch_id, detail={"shards": len(shards)})
        save(tx, again)
        for shard in shards:
            asked = shard.moved(
                ShardState.PENDING, takes=0, strikes={}, reason="", ended_at=None, asked_at=tx.now, unanswered=0
            )
            save(tx, asked)
            request(tx, again, asked)
        return Handled(Outcome.DONE, f"{len(shards)} shards are asked for again")

    return backends.state.transact(work)


def _begun_again(batch: Batch, tx: Transaction, rules: Rules) -> Batch:
    deadline = rules.times.deadline(tx.now, batch.first_start)
    state = batch.state if batch.publications else BatchState.PLANNED
    return replace(
        batch, state=state, is_open=True, deadline_at=deadline, late_until=deadline + rules.times.late, note=""
    )


def _beside(backends: Backends, prepared: Prepared, current: Current) -> Prepared:
    """Let events that nobody named owe what they did."""
    base = None if current.pointer is None else find_batch(backends.state, current.pointer.batch_id)
    touched = {each.event_id for each in prepared.people}
    owed = {event: n for event, n in prepared.owed.items() if event in touched}
    return replace(prepared, owed={**({} if base is None else base.owed), **owed})
