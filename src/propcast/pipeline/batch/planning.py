"""A batch begins: what it is computed from is fixed, and every shard is on record before anybody is asked to work.

    start(backends, ask, rules) -> Started

reads the slate as of the asked moment, names the batch by what it found (`identity`), stores the frames, and commits
batch, shards and requests in one transaction. The same inputs give the same batch: the second start finds it
(`created` is False) and sends nothing. The caller dispatches the outbox afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state import outbox
from propcast.backends.state.port import State, Transaction, Where
from propcast.backends.state.records import StepState
from propcast.core.identity import short_hash
from propcast.pipeline.batch import inputs, lanes, samples
from propcast.pipeline.batch.asking import Ask, Prepared, prepare
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import find_batch, save
from propcast.pipeline.batch.inputs import Pinned
from propcast.pipeline.batch.partition import partition
from propcast.pipeline.batch.publishing import repoint
from propcast.pipeline.batch.records import Batch, Participant, Shard
from propcast.pipeline.batch.requesting import request
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import BatchState, Scope
from propcast.pipeline.messages import Topic
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.slate import forecast_step
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step


@dataclass(frozen=True)
class Started:
    """What became of a start; no batch where nobody is to be forecast."""

    batch: Batch | None
    created: bool
    reason: str = ""


def plan_step(plan: SportPlan) -> Step:
    """Return the step that plans a batch."""
    return Step(f"{plan.sport}/plan", forecast_step(plan).reads, ())


def start(backends: Backends, ask: Ask, rules: Rules | None = None) -> Started:
    """Begin the batch of the present inputs, or find it; see the module.

    Raises:
        NotReady: inputs are not complete yet.
    """
    plan, found = plan_of(ask.sport), list[Started]()

    def work(store: StepStore) -> StepResult:
        prepared = prepare(backends, store, ask)
        if isinstance(prepared, StepResult):
            found.append(Started(None, created=False, reason=prepared.reason))
            return prepared
        found.append(begin(backends, prepared, rules or Rules()))
        return StepResult(StepState.DONE, "", {"participants": len(prepared.people), "created": found[0].created})

    run_step(backends, plan_step(plan), ask.sport, ask.game_day, work)
    return found[0]


def begin(backends: Backends, prepared: Prepared, rules: Rules) -> Started:
    """Store the inputs, then commit batch, shards and requests; what is there already stays as it is."""
    rules.failpoints.reach(Failpoint.START_READ)
    known = find_batch(backends.state, prepared.batch_id)
    if known is not None:
        return _found(backends.state, known, insists=prepared.ask.insists)
    pinned = inputs.store(backends.objects, prepared.batch_id, prepared.slate)
    rules.failpoints.reach(Failpoint.START_INPUTS_STORED)
    batch, created = commit(backends.state, prepared, pinned, rules)
    rules.failpoints.reach(Failpoint.START_COMMITTED)
    return Started(batch, created)


def _found(state: State, known: Batch, *, insists: bool) -> Started:
    """Leave a batch that is there; one that was published and replaced since becomes current again."""
    is_published = known.publications > 0 and not known.is_open
    if is_published and state.transact(lambda tx: repoint(tx, known, insists=insists)):
        return Started(known, created=False, reason="it is current again")
    return Started(known, created=False, reason=f"it is {known.state}")


def commit(state: State, prepared: Prepared, pinned: Pinned, rules: Rules) -> tuple[Batch, bool]:
    """Put batch, shards and requests on record in one transaction; the second of two callers finds the first's."""
    groups = partition(prepared.people, rules.shard_size)

    def work(tx: Transaction) -> tuple[Batch, bool]:
        known = find_batch(tx, prepared.batch_id)
        if known is not None:
            return known, False
        lane = lanes.active(tx, prepared.ask.sport)
        batch = planned(prepared, len(groups), tx.now, tx.order(), rules, pinned)
        shards = shards_for(batch, groups, tx.now)
        save(tx, batch)
        for shard in shards:
            save(tx, shard)
            request(tx, batch, shard)
        samples.ask(tx, batch, shards, lane)
        return batch, True

    return state.transact(work)


def planned(
    prepared: Prepared, n_shards: int, now: datetime, order: str, rules: Rules, pinned: Pinned | None = None
) -> Batch:
    """Return the batch as it begins."""
    ask, contexts = prepared.ask, prepared.slate.contexts
    moments = dict(contexts.group_by("event_id").agg(pl.col("as_of").max()).sort("event_id").iter_rows())
    starts = contexts["starts_at"].drop_nulls()
    first_start: datetime | None = starts.filter(starts > now).min()  # type: ignore[assignment]
    deadline = rules.times.deadline(now, first_start)
    return Batch(
        batch_id=prepared.batch_id,
        sport=ask.sport,
        game_day=ask.game_day,
        reason=ask.reason.value,
        scope=Scope.PEOPLE if ask.people else Scope.SLATE,
        as_of=max(moments.values()),
        data_version=prepared.data_version,
        markets=tuple(market.name for market in prepared.markets),
        models=prepared.models,
        moments=moments,
        owed=prepared.owed,
        n_shards=n_shards,
        n_participants=len(prepared.people),
        created_at=now,
        deadline_at=deadline,
        late_until=deadline + rules.times.late,
        first_start=first_start,
        order=order,
        inputs=None if pinned is None else pinned.inputs,
        pool=None if pinned is None else pinned.pool,
        insists=ask.insists,
        release=rules.release,
        revision=rules.revision,
    )


def shards_for(batch: Batch, groups: Sequence[Sequence[Participant]], now: datetime) -> list[Shard]:
    """Return the shards of a batch, one per group of participants."""
    return [
        Shard(short_hash(batch.batch_id, ordinal), batch.batch_id, ordinal, tuple(group), asked_at=now)
        for ordinal, group in enumerate(groups)
    ]


def note_dispatched(backends: Backends, batch_id: str) -> bool:
    """Note that the bus took every request of a planned batch; False, and nothing changes, while one waits."""

    def work(tx: Transaction) -> bool:
        batch = find_batch(tx, batch_id)
        if batch is None or batch.state is not BatchState.PLANNED:
            return False
        sent = [Where("order_key", "==", batch_id), Where("topic", "==", Topic.PREDICTION_REQUEST.value)]
        if len(tx.find(outbox.SENT, sent)) < batch.n_shards:
            return False
        save(tx, batch.moved(BatchState.DISPATCHED))
        return True

    return backends.state.transact(work)
