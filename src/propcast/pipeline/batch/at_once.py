"""The whole protocol in one process: the same functions without messages, files and leases.

Nobody else needs to know of the batch before it is published, so there is no state between: rows are written under the
batch's tag, which their content alone decides, and one transaction records the batch, its shards as done, and the flip.
A process that dies before it leaves nothing that a reader could see; the next one writes the same rows again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.port import Transaction
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.markets import Market
from propcast.forecast.pricing import BatchIdentity
from propcast.pipeline.batch.asking import Ask, Prepared, prepare
from propcast.pipeline.batch.editions import Edition, compose, write
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import find_batch, find_publication, save, shards_of
from propcast.pipeline.batch.forecasting import forecast_people, said_of
from propcast.pipeline.batch.inputs import PERSON
from propcast.pipeline.batch.partition import partition
from propcast.pipeline.batch.planning import planned, shards_for
from propcast.pipeline.batch.portions import PEOPLE_AT_ONCE, write_in_portions
from propcast.pipeline.batch.publishing import NO_ROWS, point, publication_of, published, repoint, settled
from propcast.pipeline.batch.records import Batch, Current, Participant, Shard
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import BatchState, ShardState
from propcast.pipeline.batch.warmth import Warm
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.slate import Slate
from propcast.pipeline.steps import StepResult, StepStore
from propcast.tables.forecasts import PREDICTIONS


def forecast_day(
    backends: Backends,
    store: StepStore,
    plan: SportPlan,
    day: GameDay,
    markets: Sequence[Market],
    as_of: datetime | None = None,
    rules: Rules | None = None,
    warm: Warm | None = None,
) -> StepResult:
    """Forecast one game day as of each event's moment and publish it; the same inputs publish the same batch.

    Every quoted participant and line gets a row: a forecast, or none with a reason. What is asked here becomes
    current, whatever is.
    """
    prepared = prepare(backends, store, Ask(plan.sport, day, as_of, insists=True), markets)
    if isinstance(prepared, StepResult):
        return prepared
    known = find_batch(backends.state, prepared.batch_id)
    if known is not None and known.state is BatchState.PUBLISHED and _stands(store, known):
        return _again(backends, known)
    return _forecast(backends, store, prepared, markets, rules or Rules(), warm or Warm())


def _forecast(
    backends: Backends, store: StepStore, prepared: Prepared, markets: Sequence[Market], rules: Rules, warm: Warm
) -> StepResult:
    groups = partition(prepared.people, rules.shard_size)
    draft = planned(prepared, len(groups), backends.state.now(), "", rules)
    models = warm.models_of(backends.objects, draft)
    identity = BatchIdentity(draft.batch_id, draft.data_version)
    portions = partition(prepared.people, PEOPLE_AT_ONCE)

    def forecast(slate: Slate) -> pl.DataFrame:
        return forecast_people(slate, markets, models, identity)

    if len(portions) > 1:
        edition = write_in_portions(store, prepared.slate, portions, forecast, rules.failpoints)
    else:
        rows = forecast(prepared.slate)
        if rows.is_empty():
            return StepResult(StepState.FAILED, NO_ROWS, {"predictions": 0}, settled(draft, {}))
        edition = compose(store, draft, rows, (), Current(None, None))
        rules.failpoints.reach(Failpoint.CONSOLIDATION_DECIDED)
        write(store, edition, rules.failpoints)
    ended = _ended(draft, groups, edition.rows)
    published_as = backends.state.transact(lambda tx: _commit(tx, draft, ended, edition))
    rules.failpoints.reach(Failpoint.PUBLISHED)
    return StepResult(StepState.DONE, "", edition.counts(), settled(published_as, edition.answered()))


def _ended(draft: Batch, groups: Sequence[Sequence[Participant]], rows: pl.DataFrame) -> list[Shard]:
    """Return the shards as they are once their rows are in hand."""
    per_person = dict[tuple[str, str], int](
        ((event, person), n) for event, person, n in rows.group_by(PERSON).len().iter_rows()
    )
    said = iter(said_of(rows, [each for group in groups for each in group]))
    return [
        replace(
            shard,
            state=ShardState.DONE,
            rows=sum(per_person[each.event_id, each.participant_id] for each in shard.participants),
            said=tuple(islice(said, len(shard.participants))),
            ended_at=draft.created_at,
        )
        for shard in shards_for(draft, groups, draft.created_at)
    ]


def _commit(tx: Transaction, draft: Batch, ended: Sequence[Shard], edition: Edition) -> Batch:
    """Record batch and shards and make the edition current; services at the same batch find it done."""
    known = find_batch(tx, draft.batch_id)
    if known is not None and known.state is BatchState.PUBLISHED:
        repoint(tx, known, insists=True)
        return known
    there = shards_of(tx, draft.batch_id)
    begun = known or replace(draft, created_at=tx.now, order=tx.order())
    after = replace(published(begun, edition, tx.now), is_open=False, insists=True)
    point(tx, after, publication_of(after, edition, Current(None, None), tx))
    save(tx, after)
    for shard in there:
        if shard.is_open:
            save(tx, shard.moved(ShardState.SKIPPED, reason="done in one process", ended_at=tx.now))
    for shard in ended if not there else ():
        save(tx, shard)
    return after


def _stands(store: StepStore, known: Batch) -> bool:
    """Tell whether the rows of a published batch are all there."""
    where = [In("game_day", (known.game_day.date,)), In("batch_id", (known.publication,))]
    return store.read(PREDICTIONS, where, columns=["prediction_id"]).height == known.counts["predictions"]


def _again(backends: Backends, known: Batch) -> StepResult:
    """Make a batch current that was published before; that it is already is the usual case."""
    backends.state.transact(lambda tx: repoint(tx, known, insists=True))
    publication = find_publication(backends.state, known.publication)
    answered = {} if publication is None else publication.answered
    return StepResult(StepState.DONE, "", known.counts, settled(known, answered))
