"""The deliverer's side of the bus file: ends of claims go in, new claims come out, in one transaction."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from propcast.backends.bus import dead_letters, queue, schema
from propcast.backends.bus.declared import KNOWN, subscription_of
from propcast.backends.bus.instants import SECOND, micros
from propcast.backends.bus.port import Subscription
from propcast.backends.bus.queue import Claim, Return
from propcast.backends.bus.sqlite import identity
from propcast.backends.bus.times import BusTimes
from propcast.backends.sqlite.file import SqliteFile
from propcast.core.clock import Clock

_OPEN = f"{KNOWN} WHERE NOT paused AND endpoint <> '' ORDER BY name"
_RENEWALS = 3
"""Claims are renewed this often in their life, so that one late renewal loses nothing."""
_EXPIRED_AT_ONCE = 500


@dataclass(frozen=True)
class Acknowledged:
    """The end of a claim: the work is done."""

    claim: Claim


@dataclass(frozen=True)
class Returned:
    """The end of a claim: it is tried again."""

    claim: Claim
    to: Return


@dataclass(frozen=True)
class GivenUp:
    """The end of a claim: its last charged delivery failed."""

    claim: Claim
    reason: str


End = Acknowledged | Returned | GivenUp


@dataclass(frozen=True)
class Handout:
    """What a visit at the desk brought.

    Attributes:
        subscriptions: those that are not paused.
        claims: to be pushed now.
        next_at: when the next visit is due even if nobody publishes, in microseconds; None for never.
    """

    subscriptions: Sequence[Subscription]
    claims: Sequence[Claim]
    next_at: int | None


class Desk:
    """One deliverer's way to the file; not shared between threads at once.

    Its commits survive a crash of the process. A power cut may undo the last ones: then messages are pushed again.
    """

    def __init__(self, path: Path, holder: str, clock: Clock, times: BusTimes) -> None:
        self._file = SqliteFile(path, schema.prepare, locked_s=times.locked_s, durable="NORMAL")
        self._holder = holder
        self._clock = clock
        self._claim = round(times.claim_s * SECOND)
        self._expiry = round(times.expiry_s * SECOND)
        self._renew_at = 0
        self._expire_at = 0
        self.prefix = identity(self._file)

    def visit(self, ends: Iterable[End], held: Sequence[Claim], room: Mapping[str, int]) -> Handout:
        """Record ends, keep the held claims alive, bury what is past its deadline, and claim into the room left."""
        at = micros(self._clock.now())
        with self._file.writing() as connection:
            _record(connection, ends, at)
            self._renew(connection, held, at)
            self._expire(connection, at)
            subscriptions = [subscription_of(row) for row in connection.execute(_OPEN)]
            claims: list[Claim] = []
            due = [self._expire_at if _any_deadline(connection) else None]
            for name in (each.name for each in subscriptions if room.get(each.name, 0) > 0):
                taken = queue.claim(connection, name, room[name], at=at, until=at + self._claim, holder=self._holder)
                claims += taken
                if len(taken) < room[name]:
                    due.append(queue.next_available(connection, name, after=at))
        due.append(self._renew_at if held or claims else None)
        return Handout(subscriptions, claims, min((each for each in due if each is not None), default=None))

    def release(self, ends: Iterable[End], held: Iterable[Claim]) -> None:
        """Record ends and give the held claims back as they were: the deliverer stops."""
        at = micros(self._clock.now())
        with self._file.writing() as connection:
            _record(connection, ends, at)
            for claim in held:
                queue.give_back(connection, claim, Return(at))

    def news(self) -> int:
        """Return a number that changes when somebody else has written to the file."""
        return self._file.others_commits()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _renew(self, connection: sqlite3.Connection, held: Sequence[Claim], at: int) -> None:
        if at < self._renew_at:
            return
        queue.renew(connection, held, until=at + self._claim)
        self._renew_at = at + self._claim // _RENEWALS

    def _expire(self, connection: sqlite3.Connection, at: int) -> None:
        if at < self._expire_at:
            return
        more = dead_letters.expire(connection, at, _EXPIRED_AT_ONCE) == _EXPIRED_AT_ONCE
        self._expire_at = at if more else at + self._expiry


def _record(connection: sqlite3.Connection, ends: Iterable[End], at: int) -> None:
    for end in ends:
        match end:
            case Acknowledged(claim):
                queue.acknowledge(connection, claim.place)
            case Returned(claim, to):
                queue.give_back(connection, claim, to)
            case GivenUp(claim, reason):
                dead_letters.bury(connection, claim, reason=reason, at=at)


def _any_deadline(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM deliveries WHERE deadline IS NOT NULL LIMIT 1").fetchone() is not None
