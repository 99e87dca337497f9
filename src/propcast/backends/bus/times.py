"""Every time constant of the bus, in one place."""

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True)
class BusTimes:
    """How long things take on the bus, in seconds.

    Attributes:
        ack_deadline_s: a push that is not answered by then has failed.
        min_backoff_s: bound of the wait after the first charged delivery; it doubles with each.
        max_backoff_s: no wait is longer.
        uncharged_min_s: as `min_backoff_s`, after an answer that is not charged, and for a service that is down.
        uncharged_max_s: as `max_backoff_s`, likewise.
        claim_s: a claim that its deliverer does not renew comes back after this.
        connect_s: a service that does not accept a connection by then is down.
        poll_s: pause between two looks for messages whose publisher could not ring the bell.
        expiry_s: pause between two looks for messages past their deadline.
        stop_s: running pushes get this long to finish on a stop.
        locked_s: wait for another writer of the file before the bus is unavailable.
        token_s: life of a push token.
        token_reuse_s: age up to which a signed token is used again.
        skew_s: clocks of services may differ by this.
    """

    ack_deadline_s: float = 300.0
    min_backoff_s: float = 10.0
    max_backoff_s: float = 600.0
    uncharged_min_s: float = 0.5
    uncharged_max_s: float = 30.0
    claim_s: float = 15.0
    connect_s: float = 3.0
    poll_s: float = 0.05
    expiry_s: float = 1.0
    stop_s: float = 10.0
    locked_s: float = 30.0
    token_s: float = 300.0
    token_reuse_s: float = 60.0
    skew_s: float = 10.0

    def scaled(self, divisor: float) -> Self:
        """Return all times of the protocol divided: the same protocol, faster; `poll_s` is a cost, and stays."""
        scaled = {each.name: getattr(self, each.name) / divisor for each in fields(self) if each.name != "poll_s"}
        return replace(self, **scaled)
