"""The rows of the bus file as a queue; each function is one part of somebody's transaction."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from propcast.backends.bus.instants import micros_of_text
from propcast.backends.bus.port import DEADLINE, Filter

_FORGET = """
DELETE FROM messages WHERE number = :message
AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = :message)
AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE message = :message)
"""
_AVAILABLE = """
SELECT d.message, d.charged, d.uncharged, m.data, m.attributes, m.published_at
FROM deliveries d JOIN messages m ON m.number = d.message
WHERE d.subscription = ? AND d.available_at <= ? AND (d.deadline IS NULL OR d.deadline > ?)
ORDER BY d.available_at, d.message LIMIT ?
"""
_GIVE_BACK = """
UPDATE deliveries SET available_at = ?, charged = charged + ?, uncharged = uncharged + ?,
                      last_error = coalesce(nullif(?, ''), last_error), claimed_by = NULL
WHERE message = ? AND subscription = ? AND claimed_by = ?
"""


class Place(NamedTuple):
    """One message for one subscription."""

    message: int
    subscription: str


@dataclass(frozen=True)
class Draft:
    """A message on its way into the queue: its data as JSON text."""

    data: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """A delivery that one holder may try now, and what it was tried before."""

    place: Place
    holder: str
    charged: int
    uncharged: int
    data: str
    attributes: dict[str, str]
    published_at: int


@dataclass(frozen=True)
class Return:
    """How a claim ends without success: when it is tried again, what is counted, and the last error if it changed."""

    available_at: int
    error: str = ""
    charged: bool = False
    uncharged: bool = False


def publish(
    connection: sqlite3.Connection, topic: str, drafts: Sequence[Draft], at: int, only: str | None = None
) -> list[int]:
    """Queue messages for the subscriptions of a topic that want them (or for one of them); return their numbers."""
    found = connection.execute(
        "SELECT name, filter FROM subscriptions WHERE topic = :topic AND (:only IS NULL OR name = :only)",
        {"topic": topic, "only": only},
    )
    filters = {name: json.loads(wanted) for name, wanted in found}
    return [_publish_one(connection, draft, filters, at) for draft in drafts]


def _publish_one(connection: sqlite3.Connection, draft: Draft, filters: Mapping[str, Filter], at: int) -> int:
    deadline = micros_of_text(draft.attributes[DEADLINE]) if DEADLINE in draft.attributes else None
    cursor = connection.execute(
        "INSERT INTO messages (data, attributes, published_at) VALUES (?, ?, ?)",
        (draft.data, json.dumps(dict(draft.attributes)), at),
    )
    number = cursor.lastrowid or 0
    # The row is written even when nobody takes it: its number is the id that the publisher gets.
    takers = [name for name, wanted in filters.items() if _matches(wanted, draft.attributes)]
    connection.executemany(
        "INSERT INTO deliveries (message, subscription, available_at, deadline) VALUES (?, ?, ?, ?)",
        [(number, name, at, deadline) for name in takers],
    )
    if not takers:
        forget(connection, number)
    return number


def _matches(wanted: Filter, attributes: Mapping[str, str]) -> bool:
    return all(attributes.get(name) == value for name, value in wanted.items())


def claim(
    connection: sqlite3.Connection, subscription: str, limit: int, *, at: int, until: int, holder: str
) -> list[Claim]:
    """Take the messages that have been available longest; nobody else gets them until the claim ends."""
    rows = connection.execute(_AVAILABLE, (subscription, at, at, limit)).fetchall()
    connection.executemany(
        "UPDATE deliveries SET available_at = ?, claimed_by = ? WHERE message = ? AND subscription = ?",
        [(until, holder, row["message"], subscription) for row in rows],
    )
    return [
        Claim(
            place=Place(row["message"], subscription),
            holder=holder,
            charged=row["charged"],
            uncharged=row["uncharged"],
            data=row["data"],
            attributes=json.loads(row["attributes"]),
            published_at=row["published_at"],
        )
        for row in rows
    ]


def renew(connection: sqlite3.Connection, claims: Iterable[Claim], *, until: int) -> None:
    """Move the end of claims that are still their holder's."""
    connection.executemany(
        "UPDATE deliveries SET available_at = ? WHERE message = ? AND subscription = ? AND claimed_by = ?",
        [(until, *claim.place, claim.holder) for claim in claims],
    )


def next_available(connection: sqlite3.Connection, subscription: str, *, after: int) -> int | None:
    """Return when the subscription's next message becomes available; None when it has none."""
    found = connection.execute(
        "SELECT min(available_at) FROM deliveries WHERE subscription = ? AND available_at > ?", (subscription, after)
    )
    at: int | None = found.fetchone()[0]
    return at


def acknowledge(connection: sqlite3.Connection, place: Place) -> None:
    """Remove a delivery, whoever holds its claim: the work is done."""
    connection.execute("DELETE FROM deliveries WHERE message = ? AND subscription = ?", place)
    forget(connection, place.message)


def give_back(connection: sqlite3.Connection, claim: Claim, to: Return) -> None:
    """End a claim without success; nothing happens when it is another holder's by now."""
    connection.execute(_GIVE_BACK, (to.available_at, to.charged, to.uncharged, to.error, *claim.place, claim.holder))


def forget(connection: sqlite3.Connection, message: int) -> None:
    """Remove a message that nobody waits for and that is nobody's dead letter."""
    connection.execute(_FORGET, {"message": message})
