"""Begins or resumes a rollout, drives it to its end, and says how it ended: a sentence and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced, Lease
from propcast.core.errors import StoreUnavailable
from propcast.delivery.rollout import filing, known, prerequisites
from propcast.delivery.rollout.controller import Controller, RollbackFailed
from propcast.delivery.rollout.ledger import Kind
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.plan import Plan, Refused
from propcast.delivery.rollout.planning import Asked, Declared, plan_of, row_of
from propcast.delivery.rollout.record import Record, first, share_of
from propcast.delivery.rollout.states import State
from propcast.delivery.rollout.stopping import AtOnce, Leave, Stop, Stops
from propcast.delivery.targets.port import TargetError

EXITS = {State.PROMOTED: 0, State.ABORTED: 1, State.PAUSED: 3}
INTERRUPTED, TERMINATED = 130, 143


@dataclass(frozen=True)
class Ended:
    """How a rollout left its controller."""

    record: Record
    exit_code: int
    sentence: str


def planned(means: Means, asked: Asked, declared: Declared) -> Plan:
    """Return what would be done; `Refused` for whatever stands against it. Nothing is changed."""
    with refusing():
        now, replayed, samples = means.clock.now(), means.is_repeatable(), means.pairs is not None
        return plan_of(means.target, means.state, asked, declared, now, replayed=replayed, samples=samples)


def begin(means: Means, asked: Asked, declared: Declared, stops: Stops) -> Controller:
    """Put a rollout on record and return its controller; `Refused` before anything was done."""
    report = prerequisites.require(means.state, declared.laid.name, asked.service, means.state.now())
    known.refuse_beside(means.state, declared.laid.name, asked.service)
    plan = planned(means, asked, declared)
    row = row_of(plan, plan.canary, Kind.ROLLOUT, declared, means.clock.now(), report)
    return _controller(means, filing.begin(means.state, first(plan), row, means.holder, means.patience.ttl), stops)


def resume(means: Means, rollout_id: str, stops: Stops) -> Controller:
    """Take a rollout up where its record stands; `Refused` for one that is over or in other hands."""
    return _controller(means, filing.take_up(means.state, rollout_id, means.holder, means.patience.ttl), stops)


def drive(means: Means, controller: Controller, stops: Stops) -> Ended:
    """Go on until the rollout rests or its controller is told to end.

    Raises:
        Refused: somebody else has it in hand now; nothing more was changed.
        RollbackFailed: it is not proven that the traffic is back, or it could not be put on record.
    """
    try:
        return ended(controller.run(), stops)
    except Leave as error:
        return _left(controller.record, TERMINATED, str(error))
    except AtOnce:
        return _at_once(means, controller)
    except Fenced as error:
        raise Refused(f"somebody else has this rollout in hand now: {error}") from error
    except StoreUnavailable as error:
        left = _left(controller.record, 0, str(error))
        raise RollbackFailed(f"nothing can be put on record any more. {left.sentence}") from error


def ended(record: Record, stops: Stops) -> Ended:
    """Return how a rollout that rests has ended."""
    plan, turned = record.plan, stops.asked is Stop.TURN_BACK
    name = f"{plan.service} {plan.image.digest[7:19]} in {plan.environment}"
    because = f": {record.reason}" if record.reason else ""
    if record.state is State.PROMOTED:
        return Ended(record, EXITS[record.state], f"{name} is promoted; {plan.stable.revision} stays warm")
    if record.state is State.PAUSED:
        return _left(record, EXITS[record.state], f"{name} is paused{because}")
    code = INTERRUPTED if turned else EXITS[record.state]
    return Ended(record, code, f"all traffic of {plan.service} is on {plan.stable.revision} again{because}")


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what a target will not do, before anything was begun, into a refusal."""
    try:
        yield
    except TargetError as error:
        raise Refused(str(error)) from error


def _left(record: Record, code: int, why: str) -> Ended:
    plan = record.plan
    return Ended(
        record, code,
        f"{why}. The traffic should be {share_of(record.weights)}. To go on: `propcast rollout {plan.service} "
        f"--environment {plan.environment} --resume {plan.id}`; to go back: `propcast rollback {plan.service} "
        f"--environment {plan.environment}`",
    )  # fmt: skip


def _at_once(means: Means, controller: Controller) -> Ended:
    """Let go of the lease, so that whoever goes on need not wait for its end; nothing else is tried."""
    leases.release(means.state, controller.lease)
    return _left(controller.record, INTERRUPTED, "ended at once")


def _controller(means: Means, taken: tuple[Record, Lease], stops: Stops) -> Controller:
    means.tell(taken[0])
    return Controller(means, *taken, stops)
