"""What every file of the SQLite state store has beside the tables of its collections."""

import sqlite3
from contextlib import closing
from pathlib import Path

from propcast.core.errors import StoreConflict

VERSION = 2
"""Version 1 had tables of its own for runs, expected outputs and slates; no release ever wrote it."""

_CREATE = f"""
BEGIN IMMEDIATE;
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE commit_order (last INTEGER NOT NULL);
INSERT INTO schema_version VALUES ({VERSION});
INSERT INTO commit_order VALUES (0);
COMMIT;
"""  # noqa: S608 - the version is a constant


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make an empty file a state store; refuse one of another version."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'schema_version'"
    with closing(connection.cursor()) as cursor:
        if not cursor.execute(known).fetchone():
            cursor.executescript(_CREATE)
        (found,) = cursor.execute("SELECT version FROM schema_version").fetchone()
    if found < VERSION:
        raise StoreConflict(
            f"{path} has schema version {found} of an unreleased program, this one needs {VERSION}; "
            f"delete {path.name} and its -wal and -shm files, then run `propcast day` again for the days that matter, "
            "or import again into a new home"
        )
    if found > VERSION:
        raise StoreConflict(f"{path} has schema version {found}, this program needs {VERSION}; update the program")
