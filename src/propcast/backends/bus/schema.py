"""The tables of the bus file; instants are microseconds since 1970 in UTC."""

import sqlite3
from pathlib import Path

from propcast.core.errors import StoreConflict

VERSION = 1

_CREATE = f"""
BEGIN;
CREATE TABLE identity (prefix TEXT NOT NULL);

CREATE TABLE topics (name TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE subscriptions (
    name TEXT PRIMARY KEY,
    topic TEXT NOT NULL REFERENCES topics,
    endpoint TEXT NOT NULL,
    audience TEXT NOT NULL,
    filter TEXT NOT NULL,
    ack_deadline_s REAL NOT NULL,
    max_deliveries INTEGER NOT NULL,
    min_backoff_s REAL NOT NULL,
    max_backoff_s REAL NOT NULL,
    dead_letter_topic TEXT REFERENCES topics,
    concurrency INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    data TEXT NOT NULL,
    attributes TEXT NOT NULL,
    published_at INTEGER NOT NULL
);

-- What a subscription still has to deliver. A claim is a delivery that becomes available only when the claim ends.
CREATE TABLE deliveries (
    message INTEGER NOT NULL REFERENCES messages,
    subscription TEXT NOT NULL REFERENCES subscriptions,
    available_at INTEGER NOT NULL,
    deadline INTEGER,
    charged INTEGER NOT NULL DEFAULT 0,
    uncharged INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT,
    last_error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (message, subscription)
) WITHOUT ROWID;
CREATE INDEX deliveries_in_order ON deliveries (subscription, available_at, message);
CREATE INDEX deliveries_by_deadline ON deliveries (deadline) WHERE deadline IS NOT NULL;

CREATE TABLE dead_letters (
    message INTEGER NOT NULL REFERENCES messages,
    subscription TEXT NOT NULL REFERENCES subscriptions,
    reason TEXT NOT NULL,
    deliveries INTEGER NOT NULL,
    died_at INTEGER NOT NULL,
    PRIMARY KEY (message, subscription)
) WITHOUT ROWID;
CREATE INDEX dead_letters_in_order ON dead_letters (subscription, message);

PRAGMA user_version = {VERSION};
COMMIT;
"""


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make an empty file a bus whose rows have names; refuse one of another version."""
    connection.row_factory = sqlite3.Row
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == 0:
        connection.executescript(_CREATE)
    elif found != VERSION:
        raise StoreConflict(f"{path} has schema version {found}, this program needs {VERSION}; update the older")
