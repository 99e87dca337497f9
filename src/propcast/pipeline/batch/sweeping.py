"""Does what lost messages and dead processes left undone; enough alone when no message about a result ever arrives.

    sweep(backends, dispatcher, holder=..., rules=...) -> Swept

sends what waits in the outbox, asks again for shards whose worker is gone and, less and less often, for those that
nobody took, ends those that are too late, puts together every batch that is complete or due, and forgets old messages,
some in each sweep. One sweep runs at a time, by lease; a second one right after it finds nothing to do.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from propcast.backends.compose import Backends
from propcast.backends.state import leases, retention
from propcast.backends.state.dispatcher import Dispatcher
from propcast.backends.state.leases import Lease
from propcast.backends.state.port import Transaction, Where
from propcast.pipeline.batch.consolidating import consolidate
from propcast.pipeline.batch.ending import give_up
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.filing import batches_where, get_batch, save, shards_of
from propcast.pipeline.batch.gathering import UNFINISHED
from propcast.pipeline.batch.heartbeat import Heartbeat
from propcast.pipeline.batch.openers import be_seen
from propcast.pipeline.batch.planning import note_dispatched
from propcast.pipeline.batch.records import Batch, Shard
from propcast.pipeline.batch.requesting import request
from propcast.pipeline.batch.rules import Rules
from propcast.pipeline.batch.states import OPEN_SHARDS, ShardState
from propcast.pipeline.outcomes import Outcome

RESOURCE = "sweep"


@dataclass(frozen=True)
class Swept:
    """What a sweep had to do.

    Attributes:
        busy: another sweep is running; nothing was done.
        sent: messages that waited in the outbox.
        redriven: shards asked for again.
        expired: shards that came to their end too late.
        failed: shards given up because every worker that took them was lost.
        consolidated: batches put together.
        errors: what went wrong with a batch; the others were looked after.
    """

    busy: bool = False
    sent: int = 0
    redriven: int = 0
    expired: int = 0
    failed: int = 0
    consolidated: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def found_work(self) -> bool:
        """Whether something was left undone: the way by messages did not do its job."""
        return bool(self.sent or self.redriven or self.expired or self.failed or self.consolidated or self.errors)


def sweep(backends: Backends, dispatcher: Dispatcher, *, holder: str, rules: Rules | None = None) -> Swept:
    """Look after every open batch, the oldest first; see the module."""
    rules = rules or Rules()
    be_seen(backends.state, rules)
    lease = leases.acquire(backends.state, RESOURCE, holder, rules.times.lease)
    if lease is None:
        return Swept(busy=True)
    rules.failpoints.reach(Failpoint.SWEEP_CLAIMED)
    done, errors = Counter[str](sent=dispatcher.dispatch()), dict[str, str]()
    with Heartbeat(backends.state, lease, rules.times.lease) as heartbeat:
        for batch in reversed(batches_where(backends.state, [Where("is_open", "==", True)])):
            heartbeat.require()
            try:
                done += _look_after(backends, batch, holder, rules)
            except Exception as error:  # noqa: BLE001 - the edge of one batch: it never keeps the sweep from the others
                errors[batch.batch_id] = f"{type(error).__name__}: {error}"
            rules.failpoints.reach(Failpoint.SWEEP_BATCH_LOOKED_AFTER)
    done["sent"] += dispatcher.dispatch()
    retention.prune(backends.state, rules.times.kept)
    leases.release(backends.state, heartbeat.lease)
    return Swept(
        sent=done["sent"],
        redriven=done["redriven"],
        expired=done["expired"],
        failed=done["failed"],
        consolidated=done["consolidated"],
        errors=errors,
    )


def _look_after(backends: Backends, batch: Batch, holder: str, rules: Rules) -> Counter[str]:
    note_dispatched(backends, batch.batch_id)
    done = backends.state.transact(partial(_move_on, batch_id=batch.batch_id, rules=rules))
    rules.failpoints.reach(Failpoint.SWEEP_SHARD_REDRIVEN)
    handled = consolidate(backends, batch.batch_id, holder=holder, rules=rules)
    done["consolidated"] += handled.outcome is Outcome.DONE
    return done


def _move_on(tx: Transaction, batch_id: str, rules: Rules) -> Counter[str]:
    """Move every open shard on that is not being worked on."""
    batch = get_batch(tx, batch_id)
    shards = shards_of(tx, batch_id, OPEN_SHARDS) if batch.is_open else []
    newest = {shard.shard_id: leases.newest_lease(tx, shard.resource) for shard in shards}
    done = Counter[str]()
    for shard in shards:
        done[_moved_on(tx, batch, shard, newest[shard.shard_id], rules)] += 1
    del done[""]
    return done


def _moved_on(tx: Transaction, batch: Batch, shard: Shard, lease: Lease | None, rules: Rules) -> str:
    """Return what was done with a shard: expired, failed, redriven, or nothing."""
    is_held = lease is not None and lease.expires_at > tx.now
    if tx.now > batch.late_until:
        save(tx, shard.moved(ShardState.EXPIRED, reason=UNFINISHED, ended_at=tx.now))
        return "expired"
    nobody_took_it = shard.state is ShardState.PENDING
    if is_held or (nobody_took_it and tx.now < shard.asked_at + rules.times.redrive * 2**shard.unanswered):
        return ""
    if shard.takes >= rules.max_leases:
        give_up(tx, batch, shard, f"{shard.takes} workers took it and none ended it")
        return "failed"
    unanswered = shard.unanswered + 1 if nobody_took_it else 0
    save(tx, shard.moved(ShardState.PENDING, asked_at=tx.now, unanswered=unanswered))
    request(tx, batch, shard)
    return "redriven"
