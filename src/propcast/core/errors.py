"""The one error tree: each message says what happened, the value, and what to do."""


class PropCastError(Exception):
    """Base of every error that PropCast raises on purpose."""

    exit_code = 1


class InputError(PropCastError):
    """What the user gave cannot be used: a bad argument, a missing folder, an unknown name."""

    exit_code = 2


class FileFault(InputError):
    """A file cannot be read as what it should be; nothing of it was written."""


class ContractViolation(PropCastError):
    """A frame breaks its table's declaration; the write was rejected whole."""

    exit_code = 3


class NotReady(PropCastError):
    """Inputs are not complete yet; run again later or build them first."""

    exit_code = 4


class ModelRefused(PropCastError):
    """A model artefact does not match its registry row, the feature contract or this environment."""

    exit_code = 5


class LeakDetected(PropCastError):
    """A value known only after `as_of` reached a place that must not know it."""

    exit_code = 6


class StoreConflict(PropCastError):
    """A conditional write lost: somebody else changed the row first."""

    exit_code = 7


class StoreUnavailable(PropCastError):
    """A store did not answer: locked for too long, its disk full or gone; trying again later may help."""

    exit_code = 8


class StoreRefused(PropCastError):
    """A store refuses for good: a right or a resource is missing, or what was asked does not fit it."""

    exit_code = 10


class Denied(PropCastError):
    """A credential is missing, wrong, expired, or not for what it was used for."""

    exit_code = 9


def did_you_mean(value: str, known: list[str]) -> str:
    """Return a hint such as `; did you mean 'points'?` or the list of known names."""
    import difflib

    close = difflib.get_close_matches(value, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"
