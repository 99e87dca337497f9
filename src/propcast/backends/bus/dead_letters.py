"""Dead letters in the bus file; each function is one part of somebody's transaction."""

import json
import sqlite3
from collections.abc import Mapping

from propcast.backends.bus import queue
from propcast.backends.bus.instants import micros_of_text
from propcast.backends.bus.port import DEAD_DELIVERIES, DEAD_REASON, DEAD_SUBSCRIPTION, DEADLINE, ORIGINAL_ID
from propcast.backends.bus.queue import Claim, Draft, Place

_EXPIRED = """
SELECT d.message, d.subscription, d.last_error FROM deliveries d JOIN subscriptions s ON s.name = d.subscription
WHERE d.deadline <= :at AND NOT s.paused AND (d.claimed_by IS NULL OR d.available_at <= :at) LIMIT :limit
"""
_BURY = """
INSERT INTO dead_letters SELECT message, subscription, :reason, charged + :charged, :at FROM deliveries
WHERE message = :message AND subscription = :subscription AND (:holder IS NULL OR claimed_by = :holder)
"""
_LETTERS = """
SELECT l.*, m.data, m.attributes, m.published_at, s.topic, s.dead_letter_topic, i.prefix || l.message AS id
FROM dead_letters l JOIN messages m ON m.number = l.message JOIN subscriptions s ON s.name = l.subscription
JOIN identity i
"""


def find(connection: sqlite3.Connection, subscription: str, limit: int) -> list[sqlite3.Row]:
    """Return what the subscription gave up, oldest first."""
    return connection.execute(
        _LETTERS + "WHERE l.subscription = ? ORDER BY l.message LIMIT ?", (subscription, limit)
    ).fetchall()


def _letters(connection: sqlite3.Connection, place: Place) -> list[sqlite3.Row]:
    """Return the one dead letter, or nothing."""
    # A query of its own: with both in one, SQLite would read all letters of the subscription for each burial.
    return connection.execute(_LETTERS + "WHERE l.message = ? AND l.subscription = ?", place).fetchall()


def bury(connection: sqlite3.Connection, claim: Claim, *, reason: str, at: int) -> None:
    """Give a claimed message up after one more charged delivery; nothing happens when the claim is another's by now."""
    _bury(connection, claim.place, {"reason": reason, "charged": 1, "at": at, "holder": claim.holder})


def expire(connection: sqlite3.Connection, at: int, limit: int) -> int:
    """Give up messages that are past their deadline and not being delivered; return how many."""
    rows = connection.execute(_EXPIRED, {"at": at, "limit": limit}).fetchall()
    for row in rows:
        reason = f"deadline passed; last error: {row['last_error'] or 'none'}"
        place = Place(row["message"], row["subscription"])
        _bury(connection, place, {"reason": reason, "charged": 0, "at": at, "holder": None})
    return len(rows)


def _bury(connection: sqlite3.Connection, place: Place, death: Mapping[str, str | int | None]) -> None:
    """Keep a message as a dead letter and publish it to the dead-letter topic, if there is one."""
    if connection.execute(_BURY, {**place._asdict(), **death}).rowcount == 0:
        return
    connection.execute("DELETE FROM deliveries WHERE message = ? AND subscription = ?", place)
    (row,) = _letters(connection, place)
    if row["dead_letter_topic"] is None:
        return
    told = {
        DEAD_SUBSCRIPTION: place.subscription,
        DEAD_DELIVERIES: str(row["deliveries"]),
        DEAD_REASON: row["reason"],
    }
    queue.publish(connection, row["dead_letter_topic"], [Draft(row["data"], _kept(row) | told)], row["died_at"])


def replay(connection: sqlite3.Connection, subscription: str, message: int, at: int) -> bool:
    """Queue a dead letter again for its subscription, as a new message; False when it is none."""
    found = _letters(connection, Place(message, subscription))
    for row in found:
        attributes = _kept(row) | _open_deadline(json.loads(row["attributes"]), at)
        queue.publish(connection, row["topic"], [Draft(row["data"], attributes)], at, only=subscription)
        connection.execute(
            "DELETE FROM dead_letters WHERE message = ? AND subscription = ?", Place(message, subscription)
        )
        queue.forget(connection, message)
    return bool(found)


def _kept(row: sqlite3.Row) -> dict[str, str]:
    """Return a letter's attributes without its deadline, with the id under which it was first published."""
    attributes: dict[str, str] = json.loads(row["attributes"])
    attributes.pop(DEADLINE, None)
    return {ORIGINAL_ID: row["id"], **attributes}


def _open_deadline(attributes: Mapping[str, str], at: int) -> dict[str, str]:
    text = attributes.get(DEADLINE)
    return {DEADLINE: text} if text is not None and micros_of_text(text) > at else {}
