"""Sends what waits in the outbox: at least once, in order, one dispatcher at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Protocol

from propcast.backends.state import leases
from propcast.backends.state.leases import Fenced, Lease
from propcast.backends.state.outbox import Parcel, Refusal, due, look, settle
from propcast.backends.state.port import Body, State, Transaction

RESOURCE = "outbox"
_FAILURES_IN_A_ROW = 3
_DOUBLINGS = 20


class Publisher(Protocol):
    """What a dispatcher needs of a bus."""

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        """Take the messages and return their ids, in the same order."""
        ...


@dataclass(frozen=True)
class Pace:
    """How fast a dispatcher goes; each time is a setting of the protocol."""

    lease_ttl: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(seconds=60)
    page: int = 100


@dataclass
class Sending:
    """What became of one page: the bus ids of what it took, what it refused, lanes that have to wait."""

    sent: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    failures_in_a_row: int = 0


class Dispatcher:
    """Sends due messages; several may run, in any process, and one works at a time.

    A crash, or a lease that ran out, after the bus took a message and before it was marked sends it again: consumers
    recognise it by its key.

    Attributes:
        left_nothing: whether the last look found an empty outbox; no parcel has to wait there either.
    """

    def __init__(self, state: State, bus: Publisher, *, holder: str = "dispatcher", pace: Pace | None = None) -> None:
        self._state = state
        self._bus = bus
        self._holder = holder
        self._pace = pace or Pace()
        self.left_nothing = False

    def dispatch(self) -> int:
        """Send what is due until nothing is, or the bus refuses; return how many messages were sent.

        Returns early while another dispatcher works: that one looks again after it has let go, so that what was
        committed before this call is not left behind.
        """
        count = 0
        while self._finds_some():
            lease = leases.acquire(self._state, RESOURCE, self._holder, self._pace.lease_ttl)
            if lease is None:
                break
            sending = self._send(due(self._state, self._pace.page))
            try:
                self._state.transact(partial(self._settle, sending, lease))
            except Fenced:
                break
            count += len(sending.sent)
            if sending.refused:
                break
        return count

    def _finds_some(self) -> bool:
        found = look(self._state, limit=1)
        self.left_nothing = found.is_empty
        return bool(found.ready)

    def _send(self, parcels: Sequence[Parcel]) -> Sending:
        sending = Sending()
        for group in _groups(parcels):
            free = [parcel for parcel in group if parcel.lane not in sending.blocked]
            if free:
                self._publish(free, sending)
            if sending.failures_in_a_row == _FAILURES_IN_A_ROW:
                break
        return sending

    def _publish(self, group: Sequence[Parcel], sending: Sending) -> None:
        try:
            messages = [(parcel.body, parcel.attributes) for parcel in group]
            ids = self._bus.publish(group[0].topic, messages)
            sending.sent.update({parcel.id: given for parcel, given in zip(group, ids, strict=True)})
            sending.failures_in_a_row = 0
        except Exception as error:  # noqa: BLE001 - the edge to the bus: whatever it raises is recorded and retried
            reason = f"{type(error).__name__}: {error}"
            sending.refused.update({parcel.id: self._refusal(parcel, reason) for parcel in group})
            sending.blocked.update(parcel.lane for parcel in group)
            sending.failures_in_a_row += 1

    def _refusal(self, parcel: Parcel, reason: str) -> Refusal:
        wait = self._pace.first_retry * 2 ** min(parcel.attempts, _DOUBLINGS)
        return Refusal(reason, parcel.attempts + 1, min(wait, self._pace.longest_retry))

    def _settle(self, sending: Sending, lease: Lease, tx: Transaction) -> None:
        held = leases.require(tx, lease)
        settle(tx, sending.sent, sending.refused)
        held.release()


def _groups(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """Neighbours of one topic go out together; one that failed before goes alone, so that it fails nobody else."""
    for _, group in groupby(parcels, key=lambda parcel: (parcel.topic, parcel.id if parcel.attempts else "")):
        yield list(group)
