"""The tables of the state database."""

VERSION = 1

CREATE = """
CREATE TABLE schema_version (version INTEGER NOT NULL);

CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    step TEXT NOT NULL,
    sport TEXT NOT NULL,
    game_day TEXT,
    opened_at TEXT NOT NULL,
    inputs TEXT NOT NULL,
    closed_at TEXT,
    outcome TEXT,
    reason TEXT NOT NULL,
    counts TEXT NOT NULL,
    version TEXT NOT NULL
);
CREATE INDEX runs_by_day ON runs (sport, game_day);

CREATE TABLE expected_outputs (
    sport TEXT NOT NULL,
    game_day TEXT NOT NULL,
    step TEXT NOT NULL,
    event_id TEXT NOT NULL,
    expected INTEGER,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    actual INTEGER,
    PRIMARY KEY (sport, game_day, step, event_id)
);

CREATE TABLE current_slates (
    sport TEXT NOT NULL,
    game_day TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    published_at TEXT NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (sport, game_day)
);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
);
"""
