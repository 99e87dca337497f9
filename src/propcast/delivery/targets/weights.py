"""What every target asks of weights, and how it knows that traffic has moved."""

from collections.abc import Collection

from propcast.core.identity import short_hash
from propcast.delivery.targets.port import TargetRefused, TrafficMoved, Weights

WHOLE = 100


def placeholder_of(service: str) -> str:
    """Return the name of the revision that has the traffic of a service before any release has."""
    return f"{service}-placeholder"


def usable(weights: Weights, revisions: Collection[str]) -> dict[str, int]:
    """Return the weights without zeros; `TargetRefused` unless they are shares of revisions that make up the whole."""
    odd = {name: share for name, share in weights.items() if isinstance(share, bool) or not 0 <= share <= WHOLE}
    if odd or sum(weights.values()) != WHOLE:
        raise TargetRefused(f"weights are whole percents that add up to {WHOLE}, these do not: {dict(weights)}")
    shares = {name: share for name, share in weights.items() if share}
    strangers = sorted(shares.keys() - set(revisions))
    if strangers:
        raise TargetRefused(f"no revision is called {' or '.join(strangers)}; there are {', '.join(sorted(revisions))}")
    return shares


def etag_of(weights: Weights, revisions: Collection[str]) -> str:
    """Return what changes whenever shares or the revisions that could have some change."""
    shares = [f"{name}={share}" for name, share in sorted(weights.items()) if share]
    return short_hash(*shares, "of", *sorted(revisions), length=16)


def require_newest(service: str, token: int, newest: int) -> None:
    """Return unless a higher fencing token was seen."""
    if token < newest:
        raise TrafficMoved(f"the holder of token {newest} moves the traffic of {service} now; token {token} is too old")


def require_unmoved(service: str, etag: str, now: str) -> None:
    """Return unless the traffic is not what the caller has read."""
    if etag != now:
        raise TrafficMoved(f"the traffic of {service} is not what was read (etag {etag}, now {now}); read it again")
