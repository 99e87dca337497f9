"""What came of a delivery, and what the bus is told: the acknowledgement table as code."""

import errno
from dataclasses import dataclass
from enum import StrEnum

from propcast.backends.secrets.port import MissingSecret
from propcast.core.errors import (
    ContractViolation,
    Denied,
    InputError,
    LeakDetected,
    ModelRefused,
    NotReady,
    StoreConflict,
    StoreUnavailable,
)


class Outcome(StrEnum):
    """How a delivery ended."""

    DONE = "done"
    DUPLICATE = "duplicate"
    POISON = "poison"
    PERMANENT = "permanent"
    ABSTAINED = "abstained"
    NOT_YET = "not_yet"
    STALE = "stale"
    BUSY = "busy"
    TRANSIENT = "transient"
    UNCLASSIFIED = "unclassified"
    OVERLOADED = "overloaded"

    @property
    def code(self) -> int:
        """The answer: 204 acknowledges, 429 returns the message uncharged, 500 and 503 charge an attempt."""
        return _CODES.get(self, 204)


_CODES = {Outcome.BUSY: 429, Outcome.OVERLOADED: 429, Outcome.TRANSIENT: 503, Outcome.UNCLASSIFIED: 500}


@dataclass(frozen=True)
class Result:
    """An outcome with its reason; what a handler returns.

    Attributes:
        reason: a short constant for the log and the record.
        retry_after_s: when it makes sense to deliver again.
    """

    outcome: Outcome
    reason: str = ""
    retry_after_s: float | None = None


_KINDS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (MissingSecret, Outcome.TRANSIENT),
    (NotReady, Outcome.NOT_YET),
    (StoreConflict, Outcome.TRANSIENT),
    (StoreUnavailable, Outcome.TRANSIENT),
    (ContractViolation, Outcome.PERMANENT),
    (ModelRefused, Outcome.PERMANENT),
    (LeakDetected, Outcome.PERMANENT),
    (Denied, Outcome.PERMANENT),
    (InputError, Outcome.PERMANENT),
    (TimeoutError, Outcome.TRANSIENT),
    (ConnectionError, Outcome.TRANSIENT),
    (PermissionError, Outcome.PERMANENT),
)
_PASSING = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EBUSY, errno.ESTALE,
    errno.EHOSTUNREACH, errno.ENETUNREACH,
})  # fmt: skip


def classify(error: BaseException) -> Outcome:
    """Return what an error means for the delivery: permanent, not yet, transient, or nothing that we know."""
    for kind, outcome in _KINDS:
        if isinstance(error, kind):
            return outcome
    if isinstance(error, OSError) and error.errno in _PASSING:
        return Outcome.TRANSIENT
    return Outcome.UNCLASSIFIED
