"""Where a push handler puts what it cannot do: away for good, aside for later, or back to the bus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from propcast.backends.json import JsonValue
from propcast.backends.state import deadletters
from propcast.backends.state.port import Transaction
from propcast.core.errors import NotReady
from propcast.service.push.envelope import Delivery
from propcast.service.push.outcome import Outcome
from propcast.service.push.strikes import Strikes

T = TypeVar("T")


@dataclass(frozen=True)
class Buried:
    """A message that is given up, for the dead letters: as it arrived, and why.

    Attributes:
        outcome: `poison` or `permanent`.
        payload: the message's data, or the body's text where there is no envelope in it.
        message_id: empty where there is no envelope.
    """

    topic: str
    outcome: Outcome
    reason: str
    payload: JsonValue
    message_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


Postpone = Callable[[str, Delivery, NotReady], None]


@dataclass(frozen=True)
class Desk:
    """What the pushes of a service need besides their handlers.

    Attributes:
        bury: records a message that is given up, durably; only then is it acknowledged.
        strikes: counts unknown failures.
        postpone: puts a message whose inputs are not complete into the outbox for later; without it the bus keeps it.
        budget: charged deliveries after which a message is given up here; None where the bus tells them from others.
    """

    bury: Callable[[Buried], object]
    strikes: Strikes
    postpone: Postpone | None = None
    budget: int | None = None


def keep(tx: Transaction, buried: Buried) -> None:
    """Record a given-up message among the dead letters of the state store."""
    deadletters.record(
        tx,
        topic=buried.topic,
        payload=buried.payload,
        reason=f"{buried.outcome}: {buried.reason}",
        message_id=buried.message_id,
        attributes=buried.attributes,
    )


class Places:
    """How many handlers may run at once; a push beyond that goes back to the bus, uncharged."""

    def __init__(self, most: int) -> None:
        self._most, self._taken, self._lock = most, 0, Lock()

    def take(self) -> "Place | None":
        """Return a place if one is free."""
        with self._lock:
            if self._taken >= self._most:
                return None
            self._taken += 1
            return Place(self._free)

    def _free(self) -> None:
        with self._lock:
            self._taken -= 1


class Place:
    """One taken place; given back by the thread that worked, so that abandoned work still counts."""

    def __init__(self, free: Callable[[], None]) -> None:
        self._free = free
        self._used = False

    def use(self, work: Callable[[], T]) -> T:
        """Work, then give the place back."""
        self._used = True
        try:
            return work()
        finally:
            self._free()

    def give_up(self) -> None:
        """Give back a place that was never used."""
        if not self._used:
            self._used = True
            self._free()
