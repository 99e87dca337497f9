"""What the coordinator is told of a rollout: which share of every batch's shards its canary computes beside the stable.

The lane is no state of its own: it follows from the record, and is put down with it, in the same transaction, under the
same lease. A controller that was frozen can so neither open a lane nor leave one open.
"""

from datetime import datetime

from propcast.backends.state.port import Reader, Transaction
from propcast.core.sport import Sport
from propcast.delivery.rollout.plan import Plan
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import Phase, State
from propcast.pipeline.batch import lanes
from propcast.pipeline.batch.lanes import Lane
from propcast.service.catalogue import MLB_PREDICTION_WORKER, PREDICTION_WORKER

FORECASTERS = {PREDICTION_WORKER.name: Sport.NBA, MLB_PREDICTION_WORKER.name: Sport.MLB}


def shown(reader: Reader, plan: Plan) -> Lane | None:
    """Return the lane that the coordinator finds now."""
    return lanes.find(reader, FORECASTERS[plan.service]) if plan.sampled else None


def show(tx: Transaction, record: Record, resource: str, before: Lane | None) -> None:
    """Let the coordinator find the lane of a rollout as it stands, or none; `before` is what was `shown`."""
    if is_open(record):
        lanes.put(tx, _lane(record, resource, before, tx.now))
    elif record.plan.sampled:
        lanes.remove(tx, FORECASTERS[record.plan.service])


def is_open(record: Record) -> bool:
    """Whether the canary gets shards now: from when a stage's traffic is as it shall be until it is left."""
    if not record.plan.sampled or record.state is not State.STAGE or record.phase is Phase.INTENT:
        return False
    return record.plan.stages[record.stage] in lanes.SHARES


def _lane(record: Record, resource: str, before: Lane | None, now: datetime) -> Lane:
    plan, percent = record.plan, record.plan.stages[record.stage]
    goes_on = before is not None and (before.rollout, before.percent) == (plan.id, percent)
    since = before.since if before and goes_on else now
    return Lane(FORECASTERS[plan.service], plan.id, plan.canary.name, percent, resource, record.token, since)
