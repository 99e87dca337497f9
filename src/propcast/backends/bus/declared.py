"""What is declared on a bus of this machine, read back."""

import json
import sqlite3

from propcast.backends.bus.port import Declared, Subscription

KNOWN = """
SELECT name, topic, endpoint, audience, filter, ack_deadline_s, max_deliveries, min_backoff_s, max_backoff_s,
       dead_letter_topic, concurrency
FROM subscriptions
"""


def declared(connection: sqlite3.Connection) -> Declared:
    """Return every topic and every subscription, by name."""
    topics = [name for (name,) in connection.execute("SELECT name FROM topics ORDER BY name")]
    found = connection.execute(f"{KNOWN} ORDER BY name")
    return Declared(tuple(topics), tuple(subscription_of(row) for row in found))


def subscription_of(row: sqlite3.Row) -> Subscription:
    """Return the subscription of a row of `KNOWN`."""
    return Subscription(**{**row, "filter": json.loads(row["filter"])})
