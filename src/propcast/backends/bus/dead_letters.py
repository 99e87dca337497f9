"""Dead letters in the bus file; each function is one part of somebody's transaction."""

import json
import sqlite3
from collections.abc import Mapping

from propcast.backends.bus import queue
from propcast.backends.bus.instants import micros_of_text
from propcast.backends.bus.port import DEAD_DELIVERIES, DEAD_REASON, DEAD_SUBSCRIPTION, DEADLINE, ORIGINAL_ID
from propcast.backends.bus.queue import Draft, Place

_EXPIRED = """
SELECT d.message, d.subscription, d.last_error FROM deliveries d JOIN subscriptions s ON s.name = d.subscription
WHERE d.deadline <= :at AND NOT s.paused AND (d.claimed_by IS NULL OR d.available_at <= :at) LIMIT :limit
"""
_BURY = """
INSERT INTO dead_letters SELECT message, subscription, ?, charged + ?, ? FROM deliveries
WHERE message = ? AND subscription = ?
"""
_FIND = """
SELECT l.*, m.data, m.attributes, m.published_at, s.topic, s.dead_letter_topic, i.prefix || l.message AS id
FROM dead_letters l JOIN messages m ON m.number = l.message JOIN subscriptions s ON s.name = l.subscription
JOIN identity i
WHERE l.subscription = :subscription AND (:message IS NULL OR l.message = :message)
ORDER BY l.message LIMIT :limit
"""


def find(
    connection: sqlite3.Connection, subscription: str, *, message: int | None = None, limit: int = 1
) -> list[sqlite3.Row]:
    """Return what the subscription gave up, oldest first, or the one message of it."""
    return connection.execute(_FIND, {"subscription": subscription, "message": message, "limit": limit}).fetchall()


def bury(connection: sqlite3.Connection, place: Place, *, reason: str, at: int, charged: int) -> None:
    """Give a message up: keep it as a dead letter and publish it to the dead-letter topic, if there is one."""
    if connection.execute(_BURY, (reason, charged, at, *place)).rowcount == 0:
        return  # another deliverer was faster
    connection.execute("DELETE FROM deliveries WHERE message = ? AND subscription = ?", place)
    (row,) = find(connection, place.subscription, message=place.message)
    if row["dead_letter_topic"] is None:
        return
    told = {
        DEAD_SUBSCRIPTION: place.subscription,
        DEAD_DELIVERIES: str(row["deliveries"]),
        DEAD_REASON: reason,
    }
    queue.publish(connection, row["dead_letter_topic"], [Draft(row["data"], _kept(row) | told)], at)


def expire(connection: sqlite3.Connection, at: int, limit: int) -> int:
    """Bury messages that are past their deadline and not being delivered; return how many."""
    rows = connection.execute(_EXPIRED, {"at": at, "limit": limit}).fetchall()
    for row in rows:
        reason = f"deadline passed; last error: {row['last_error'] or 'none'}"
        bury(connection, Place(row["message"], row["subscription"]), reason=reason, at=at, charged=0)
    return len(rows)


def replay(connection: sqlite3.Connection, subscription: str, message: int, at: int) -> bool:
    """Queue a dead letter again for its subscription, as a new message; False when it is none."""
    found = find(connection, subscription, message=message)
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
