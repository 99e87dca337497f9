"""Drives a rollout from one recorded step to the next: whatever kills it, the record says how to go on or back."""

from collections.abc import Callable
from dataclasses import replace

from propcast.backends.state import leases
from propcast.backends.state.leases import Lease
from propcast.core.errors import PropCastError
from propcast.delivery.rollout import filing
from propcast.delivery.rollout.ending import end_aborted, end_promoted
from propcast.delivery.rollout.means import Means
from propcast.delivery.rollout.record import Phase, Record, State
from propcast.delivery.rollout.stages import bring_again, decided, judge, observe, stage_arms, verify
from propcast.delivery.rollout.stopping import Leave, Stops, TurnBack, heed_orders
from propcast.delivery.rollout.traffic import Unproven, force, prove, put
from propcast.delivery.targets.port import TargetError
from propcast.pipeline.batch.heartbeat import Heartbeat

_LOST = (TargetError, Unproven)
"""What sends a rollout back: the target did not do it, or it cannot be shown that it did."""


class RollbackFailed(PropCastError):
    """The traffic could not be brought back, or not shown to be back; the rollout stays open until somebody has."""

    exit_code = 4


class Controller:
    """Works on one rollout under one lease."""

    def __init__(self, means: Means, record: Record, lease: Lease, stops: Stops | None = None) -> None:
        self._means, self._lease, self._stops = means, lease, stops or Stops()
        self._record = record
        self._heart = Heartbeat(means.state, lease, means.patience.ttl)

    @property
    def record(self) -> Record:
        """The rollout as it was last put on record."""
        return self._record

    @property
    def lease(self) -> Lease:
        """The right under which it works."""
        return self._lease

    def run(self) -> Record:
        """Go on until the rollout rests, and return it.

        Raises:
            RollbackFailed: it went back and could not be shown to have arrived.
            Fenced: the lease was lost; somebody else is responsible, and nothing more was changed.
            Leave: it was told to leave things as they are; that is on record.
        """
        with Heartbeat(self._means.state, self._lease, self._means.patience.ttl) as self._heart:
            while not self._record.resting:
                self._go_on()
        return self._record

    def turn_back(self, reason: str) -> Record:
        """Roll back and return the record."""
        if self._record.state is not State.ROLLING_BACK:
            self._save(self._record.backwards(reason))
        return self.run()

    def _go_on(self) -> None:
        try:
            self._beat()
            self._step()
        except TurnBack as error:
            self._save(self._record.backwards(str(error)))
        except Leave:
            self._save(replace(self._record, interrupted_at=self._means.state.now()))
            raise
        except _LOST as error:
            self._lose(error)

    def _step(self) -> None:
        record = self._record
        if record.state is State.PLANNED:
            stage_arms(self._means, record.plan, self._beat)
            self._save(record.at_stage(0))
        elif record.state is State.ROLLING_BACK:
            self._backward[record.phase]()
        else:
            self._forward[record.phase]()

    @property
    def _forward(self) -> "dict[Phase, Callable[[], None]]":
        return {
            Phase.INTENT: self._apply,
            Phase.APPLIED: self._verify,
            Phase.VERIFIED: self._observe,
            Phase.OBSERVED: self._judge,
            Phase.JUDGED: self._decide,
        }

    @property
    def _backward(self) -> "dict[Phase, Callable[[], None]]":
        return {Phase.INTENT: self._apply_back, Phase.APPLIED: self._prove_back, Phase.VERIFIED: self._end_aborted}

    def _apply(self) -> None:
        record = self._record
        put(self._means, record.plan.service, record.weights, record.before, self._lease.token)
        self._save(record.reached(Phase.APPLIED))

    def _verify(self) -> None:
        release = verify(self._means, self._record)
        self._save(self._record.verified(self._means.clock.now(), release))

    def _observe(self) -> None:
        watched = observe(self._means, self._record, self._beat)
        self._save(self._record.observed(self._means.clock.now(), watched))

    def _judge(self) -> None:
        self._save(judge(self._means, self._record, self._beat))

    def _decide(self) -> None:
        self._save(decided(self._record) or end_promoted(self._means, self._record))

    def _apply_back(self) -> None:
        record = self._record
        bring_again(self._means, record.plan)
        force(self._means, record.plan.service, record.weights, self._lease.token)
        self._save(record.reached(Phase.APPLIED))

    def _prove_back(self) -> None:
        prove(self._means, self._record.plan.service, self._record.plan.stable)
        self._save(self._record.reached(Phase.VERIFIED))

    def _end_aborted(self) -> None:
        self._save(end_aborted(self._means, self._record))

    def _lose(self, error: PropCastError) -> None:
        if self._record.state is not State.ROLLING_BACK:
            self._save(self._record.backwards(str(error)))
            return
        leases.release(self._means.state, self._lease)
        raise RollbackFailed(
            f"the rollback of {self._record.plan.service} is not proven: {error}; see where its traffic is, then "
            f"`propcast rollback {self._record.plan.service}`"
        ) from error

    def _save(self, new: Record) -> None:
        self._record = filing.advance(self._means.state, self._lease, self._record, new, self._means.patience.ttl)
        self._means.tell(self._record)

    def _beat(self) -> None:
        """Heed what is asked from outside, and go on only under the lease; called at least every second."""
        going_back = self._record.state is State.ROLLING_BACK
        self._stops.heed(going_back=going_back)
        heed_orders(self._means.state, self._record.plan.id, going_back=going_back)
        self._heart.require()
