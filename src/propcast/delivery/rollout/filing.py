"""Keeps rollouts in the state store: every change is one transaction that first requires the lease.

The lease is on (environment, service), so that there is one controller at most; its token goes with every change of
weights, so that one that was frozen past its time can move nothing.
"""

from dataclasses import replace
from datetime import timedelta

from propcast.backends.state import leases
from propcast.backends.state.leases import Lease
from propcast.backends.state.port import Body, State, Transaction
from propcast.backends.state.rollouts import ROLLOUTS
from propcast.core.errors import StoreConflict
from propcast.delivery.rollout import ledger, pins
from propcast.delivery.rollout.known import body_of, found, refuse_beside
from propcast.delivery.rollout.lane import show, shown
from propcast.delivery.rollout.ledger import Deployment, Outcome
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.record import Record
from propcast.delivery.rollout.states import UNASKED, Said
from propcast.delivery.rollout.states import State as Stand
from propcast.pipeline.batch.lanes import Lane

TTL = timedelta(seconds=60)


def resource(environment: str, service: str) -> str:
    """Return what is leased to move the traffic of a service."""
    return f"rollout/{environment}/{service}"


def begin(state: State, record: Record, row: Deployment, holder: str, ttl: timedelta = TTL) -> tuple[Record, Lease]:
    """Put down a rollout and its ledger row, and take the lease; `Refused` while there is another one."""
    plan = record.plan

    def work(tx: Transaction) -> tuple[Record, Lease]:
        refuse_beside(tx, plan.environment, plan.service)
        order, lease = tx.order(), _taken(tx, plan.environment, plan.service, holder, ttl)
        told = replace(record, token=lease.token, changed_at=tx.now)
        tx.insert(ROLLOUTS, plan.id, body_of(told, order))
        ledger.open_row(tx, row, order)
        return told, lease

    return state.transact(work)


def begin_row(state: State, row: Deployment, holder: str, ttl: timedelta = TTL) -> Lease:
    """Take the lease for something that is no rollout; its row is put down unless it is there, left by one killed."""

    def work(tx: Transaction) -> Lease:
        known = tx.get(ledger.DEPLOYMENTS, row.id) is not None
        order, lease = tx.order(), _taken(tx, row.environment, row.service, holder, ttl)
        if not known:
            ledger.open_row(tx, row, order)
        return lease

    return state.transact(work)


def end_row(state: State, lease: Lease, row: Deployment, outcome: Outcome, reason: str, said: Said = UNASKED) -> None:
    """Close such a row and give the lease up; `Fenced` when it is not held any more."""

    def work(tx: Transaction) -> None:
        held = leases.require(tx, lease)
        ledger.put_closed(tx, ledger.closing(tx, row.id, outcome, reason, said=said))
        if outcome is Outcome.UNPINNED:
            pins.remove(tx, row.environment, row.service)
        held.release()

    state.transact(work)


def take_up(state: State, rollout_id: str, holder: str, ttl: timedelta = TTL) -> tuple[Record, Lease]:
    """Take the lease of a rollout that nobody works on, to go on with it; `Refused` while somebody does."""

    def work(tx: Transaction) -> tuple[Record, Lease]:
        record, order = found(tx, rollout_id)
        if record.over:
            raise Refused(f"rollout {rollout_id} is over: {record.state}")
        before = shown(tx, record.plan)
        lease = _taken(tx, record.plan.environment, record.plan.service, holder, ttl)
        going = replace(record.taken_up(), version=record.version + 1, token=lease.token, changed_at=tx.now)
        _put(tx, going, order, before)
        return going, lease

    return state.transact(work)


def advance(state: State, lease: Lease, old: Record, new: Record, ttl: timedelta = TTL) -> Record:
    """Change a rollout and return it as it is then; one that rests gives the lease up, one that is over its row too.

    `Fenced` when the lease is not held any more, `StoreConflict` when somebody changed the rollout since.
    """
    rollout_id = old.plan.id

    def work(tx: Transaction) -> Record:
        held = leases.require(tx, lease)
        now, order = found(tx, rollout_id)
        if now.version != old.version:
            raise StoreConflict(
                f"rollout {rollout_id} is at change {now.version}, not {old.version}: somebody changed it"
            )
        row = _closing(tx, new) if new.over else None
        told = replace(new, version=old.version + 1, token=lease.token, changed_at=tx.now)
        _put(tx, told, order, shown(tx, told.plan))
        if row is not None:
            ledger.put_closed(tx, row)
            _pin(tx, new)
        leave = new.resting or new.interrupted_at is not None
        held.release() if leave else held.renew(ttl)
        return told

    return state.transact(work)


def _put(tx: Transaction, record: Record, order: str, before: Lane | None) -> None:
    """Put a rollout on record, and what the coordinator is told of it."""
    plan = record.plan
    tx.put(ROLLOUTS, plan.id, body_of(record, order))
    show(tx, record, resource(plan.environment, plan.service), before)


def _taken(tx: Transaction, environment: str, service: str, holder: str, ttl: timedelta) -> Lease:
    name = resource(environment, service)
    lease = leases.take(tx, name, holder, ttl)
    if lease is None:
        newest = leases.newest_lease(tx, name)
        by = f" ({newest.holder}, until {newest.expires_at:%H:%M:%S} UTC)" if newest else ""
        raise Refused(f"somebody moves the traffic of {service} in {environment} already{by}; nothing was done")
    return lease


def _pin(tx: Transaction, record: Record) -> None:
    plan = record.plan
    if not record.pinned:
        pins.remove(tx, plan.environment, plan.service)
        return
    revision = plan.canary.name if record.state is Stand.PROMOTED else plan.stable.revision
    pins.put(tx, plan.environment, plan.service, revision, plan.who, record.pinned)


def _closing(tx: Transaction, record: Record) -> Body:
    return ledger.closing(tx, record.plan.id, _outcome(record), record.reason, record.windows, record.said)


def _outcome(record: Record) -> Outcome:
    if record.state is Stand.PROMOTED:
        return Outcome.PROMOTED
    return Outcome.ROLLED_BACK if record.plan.arms is None else Outcome.ABORTED
