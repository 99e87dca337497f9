"""What comes of a delivery: what a handler returns, and what an error means."""

import errno

from propcast.backends.secrets.port import MissingSecret
from propcast.core.errors import (
    ContractViolation,
    Denied,
    InputError,
    LeakDetected,
    ModelRefused,
    NotReady,
    StoreConflict,
    StoreRefused,
    StoreUnavailable,
)
from propcast.pipeline.outcomes import Handled as Result
from propcast.pipeline.outcomes import Outcome

__all__ = ["Outcome", "Result", "classify"]

_KINDS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (MissingSecret, Outcome.TRANSIENT),
    (NotReady, Outcome.NOT_YET),
    (StoreConflict, Outcome.TRANSIENT),
    (StoreUnavailable, Outcome.TRANSIENT),
    (StoreRefused, Outcome.PERMANENT),
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
