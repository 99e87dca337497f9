"""Looks after rollouts whose controller is gone: one that nobody has resumed in time is rolled back."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced
from propcast.backends.state.port import Reader
from propcast.delivery.rollout import filing
from propcast.delivery.rollout.controller import Controller, RollbackFailed
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.rollout.record import Record

LEFT_FOR = timedelta(minutes=5)
"""So long an interrupted rollout waits for somebody to resume it."""


def abandoned(reader: Reader, environment: str, now: datetime, left_for: timedelta = LEFT_FOR) -> list[Record]:
    """Return the rollouts that are under way, and that nobody has held for that long; one that paused waits."""
    return [
        record
        for record in filing.under_way(reader, environment)
        if not record.resting and now - _held_until(reader, record) >= left_for
    ]


def watch_over(
    reader: Reader, environment: str, means_of: Callable[[str], Means], now: datetime, left_for: timedelta = LEFT_FOR
) -> Iterator[Record]:
    """Roll back every abandoned rollout and yield what became of it; one that somebody took up meanwhile is theirs.

    `means_of` makes what a controller of a service works with. A rollout whose way back is not proven is yielded as it
    is, not over; a later look tries again.
    """
    for record in abandoned(reader, environment, now, left_for):
        means = means_of(record.plan.service)
        try:
            going, lease = filing.take_up(means.state, record.plan.id, means.holder, means.patience.ttl)
        except Refused:
            continue
        controller = Controller(means, going, lease)
        with suppress(Fenced, RollbackFailed):
            controller.turn_back("its controller was gone and nobody resumed it")
        yield controller.record


def _held_until(reader: Reader, record: Record) -> datetime:
    """Return when somebody last had it in hand: the end of a lease that ran out, or the last change."""
    plan = record.plan
    lease = leases.newest_lease(reader, filing.resource(plan.environment, plan.service))
    changed = record.changed_at or leases.RELEASED
    return changed if lease is None else max(changed, lease.expires_at)
