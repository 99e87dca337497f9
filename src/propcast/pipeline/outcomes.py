"""What becomes of a message: the acknowledgement table of the batch protocol, as values."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How the handling of one message ended."""

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
        """The answer to the bus: 204 acknowledges, 429 returns the message uncharged, 500 and 503 charge an attempt."""
        return _CODES.get(self, 204)


_CODES = {Outcome.BUSY: 429, Outcome.OVERLOADED: 429, Outcome.TRANSIENT: 503, Outcome.UNCLASSIFIED: 500}


@dataclass(frozen=True)
class Handled:
    """The outcome of one message.

    Attributes:
        reason: one short sentence for the log and the record; empty when there is nothing to say.
        retry_after_s: when delivering again makes sense.
    """

    outcome: Outcome
    reason: str = ""
    retry_after_s: float | None = None
