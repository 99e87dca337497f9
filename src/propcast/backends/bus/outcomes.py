"""What becomes of a claim after its push was answered."""

import random

from propcast.backends.bus.answers import Answer, Verdict, full_jitter
from propcast.backends.bus.desk import Acknowledged, End, GivenUp, Returned
from propcast.backends.bus.instants import SECOND
from propcast.backends.bus.lanes import Lane
from propcast.backends.bus.queue import Claim, Return
from propcast.backends.bus.times import BusTimes


class Outcomes:
    """Turns answers into ends of claims, and tells the lane whether its service is there."""

    def __init__(self, rng: random.Random, times: BusTimes) -> None:
        self._rng = rng
        self._times = times

    def end(self, lane: Lane, claim: Claim, answer: Answer, at: int) -> End:
        """Return the end of the claim; all waits count from now, in microseconds."""
        if answer.verdict is Verdict.NOT_REACHED:
            lane.missed(at, self._uncharged_wait(lane.misses))
            # Available now, though the lane rests: so it stays ahead of what is published during the outage.
            return Returned(claim, Return(at, answer.error))
        lane.reached()
        match answer.verdict:
            case Verdict.ACKNOWLEDGED:
                return Acknowledged(claim)
            case Verdict.UNCHARGED:
                wait = max(_asked(lane, answer), self._uncharged_wait(claim.uncharged))
                return Returned(claim, Return(at + wait, answer.error, uncharged=True))
        if claim.charged + 1 >= lane.subscription.max_deliveries:
            return GivenUp(claim, answer.error)
        wait = max(_asked(lane, answer), self._charged_wait(lane, claim))
        return Returned(claim, Return(at + wait, answer.error, charged=True))

    def _charged_wait(self, lane: Lane, claim: Claim) -> int:
        declared = lane.subscription
        return _micros(full_jitter(self._rng, claim.charged, declared.min_backoff_s, declared.max_backoff_s))

    def _uncharged_wait(self, tries: int) -> int:
        return _micros(full_jitter(self._rng, tries, self._times.uncharged_min_s, self._times.uncharged_max_s))


def _asked(lane: Lane, answer: Answer) -> int:
    """Return the wait that the service asked for; a mistaken one is no longer than the longest backoff."""
    return _micros(min(answer.retry_after_s, lane.subscription.max_backoff_s))


def _micros(seconds: float) -> int:
    return round(seconds * SECOND)
