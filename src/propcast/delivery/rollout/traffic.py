"""Moves the traffic of a service, and proves where it is: asked for, applied, read back."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from propcast.core.errors import PropCastError
from propcast.delivery.rollout.means import Live, Means
from propcast.delivery.rollout.plan import Stable
from propcast.delivery.rollout.record import share_of
from propcast.delivery.targets.port import TargetUnavailable, TrafficMoved, Weights

T = TypeVar("T")

_TRIES = 3
"""Staging a revision may change what a target calls its state without moving any traffic."""


class Unproven(PropCastError):
    """The traffic is not, or cannot be shown to be, where it was put."""


def patiently(means: Means, call: Callable[[], T]) -> T:
    """Return what a target answers; one that does not answer is asked again, a few times."""
    for pause in means.patience.retries_s:
        try:
            return call()
        except TargetUnavailable:
            means.wait(pause)
    return call()


def put(means: Means, service: str, wanted: Weights, expected: Weights, token: int) -> None:
    """Make the traffic what is wanted, unless it is that already.

    `Unproven` where it is neither that nor what is expected: somebody else moved it, and nothing is changed.
    """
    _put(means, service, wanted, token, lambda now: _refuse_strange(now, wanted, expected))


def force(means: Means, service: str, wanted: Weights, token: int) -> None:
    """Make the traffic what is wanted, whatever it is now; still only by the newest holder of the lease."""
    _put(means, service, wanted, token, lambda _: None)


def is_at(means: Means, service: str, wanted: Weights) -> bool:
    """Tell whether the traffic is as wanted, asked of what moves it."""
    return same(patiently(means, lambda: means.target.read_weights(service)).weights, wanted)


def prove(means: Means, service: str, stable: Stable) -> None:
    """Return once enough live requests in a row came from the stable revision; `Unproven` past the time.

    What answers before there is any release does not say who it is; there, reading the traffic back is all.
    """
    wanted, ends = stable.weights, means.clock.now() + timedelta(seconds=means.patience.back_s)
    if not is_at(means, service, wanted):
        raise Unproven(f"the traffic of {service} is not {share_of(wanted)} when it is read back")
    while stable.is_release and not _confirmed(means.live, service, wanted, means.patience.confirmations):
        if means.clock.now() >= ends:
            raise Unproven(
                f"live requests of {service} did not show {share_of(wanted)} within {means.patience.back_s:g} s"
            )
        means.wait(means.patience.poll_s)


def same(one: Weights, other: Weights) -> bool:
    """Tell whether two say the same, whatever they say of revisions without traffic."""
    return {k: v for k, v in one.items() if v} == {k: v for k, v in other.items() if v}


def _put(means: Means, service: str, wanted: Weights, token: int, look: Callable[[Weights], None]) -> None:
    for left in reversed(range(_TRIES)):
        now = patiently(means, lambda: means.target.read_weights(service))
        if same(now.weights, wanted):
            return
        look(now.weights)
        try:
            patiently(means, lambda: means.target.set_weights(service, wanted, etag=now.etag, token=token))  # noqa: B023
        except TrafficMoved:  # also when an answer was lost and it was done the first time
            if not left:
                raise
        else:
            return


def _refuse_strange(now: Weights, wanted: Weights, expected: Weights) -> None:
    if not same(now, expected):
        raise Unproven(
            f"the traffic is {share_of(now)}, neither {share_of(expected)} as before nor {share_of(wanted)} as wanted: "
            "somebody else moved it"
        )


def _confirmed(live: Live, service: str, wanted: Weights, times: int) -> bool:
    return all(wanted.get(live(service) or "", 0) > 0 for _ in range(times))
