"""The SQL of the document store: one table per collection, fields read out of the JSON body and indexed."""

import json
import sqlite3
from collections.abc import Sequence

from propcast.backends.state.port import Body, Collection, Document, Scalar, Where
from propcast.backends.state.rules import check_key, check_query, values_of

Values = tuple[str | int | bytes | None, ...]


def create_statements(collection: Collection) -> list[str]:
    """Return what makes the table and the indexes of a collection, where they are not there yet."""
    table = collection.name
    return [
        f'CREATE TABLE IF NOT EXISTS "{table}" (key TEXT PRIMARY KEY, body TEXT NOT NULL)',
        *(
            f'CREATE INDEX IF NOT EXISTS "{table} by {field}" ON "{table}" ({_field(field)}, key)'
            for field in collection.fields
        ),
    ]


def get(connection: sqlite3.Connection, collection: Collection, key: str) -> Body | None:
    """Return the body of a document, or None."""
    check_key(collection, key)
    if not _exists(connection, collection):
        return None
    sql = f'SELECT body FROM "{collection.name}" WHERE key = ?'  # noqa: S608 - the name is checked
    row = connection.execute(sql, (key,)).fetchone()
    return None if row is None else json.loads(row[0])


def find(
    connection: sqlite3.Connection,
    collection: Collection,
    where: Sequence[Where],
    order_by: str | None,
    descending: bool,
    limit: int | None,
) -> list[Document]:
    """Return documents as `Reader.find` does."""
    check_query(collection, where, order_by, limit)
    if not _exists(connection, collection):
        return []
    rows = connection.execute(*select(collection, where, order_by, descending, limit))
    return [Document(key, json.loads(body)) for key, body in rows]


def _exists(connection: sqlite3.Connection, collection: Collection) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(sql, (collection.name,)).fetchone() is not None


def select(
    collection: Collection, where: Sequence[Where], order_by: str | None, descending: bool, limit: int | None
) -> tuple[str, Values]:
    """Return the query of `Reader.find` and its values."""
    conditions = [_condition(condition) for condition in where]
    direction = "DESC" if descending else "ASC"
    order = [] if order_by is None else [f"{_field(order_by)} {direction}"]
    sql = (
        f'SELECT key, body FROM "{collection.name}" '  # noqa: S608 - names are checked, values are bound
        f"WHERE {' AND '.join(text for text, _ in conditions) or 'TRUE'} "
        f"ORDER BY {', '.join([*order, f'key {direction}'])} LIMIT ?"
    )
    return sql, (*(value for _, values in conditions for value in values), -1 if limit is None else limit)


def _field(name: str) -> str:
    """The field as SQLite compares it; booleans become blobs so that True is not 1."""
    path = f"'$.{name}'"
    return f"CASE json_type(body, {path}) WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' ELSE body ->> {path} END"


def _condition(condition: Where) -> tuple[str, Values]:
    field = _field(condition.field)
    values = values_of(condition)
    slots = [_slot(value) for value in values]
    bound = tuple(_bound(value) for value in values)
    match condition.op:
        case "==":
            return f"{field} IS {slots[0]}", bound
        case "in":
            # IN finds no NULL, and a chain of ORs may be only so deep.
            null = f"{field} IS NULL" if None in values else "FALSE"
            return f"({field} IN ({', '.join(slots)}) OR {null})", bound
        case order:
            kinds = "('text')" if isinstance(values[0], str) else "('integer', 'real')"
            return f"({field} {order} {slots[0]} AND typeof({field}) IN {kinds})", bound


def _slot(value: Scalar) -> str:
    # SQLite reads decimal text in its own way; a float that went the same way compares equal.
    return "? ->> '$'" if isinstance(value, float) else "?"


def _bound(value: Scalar) -> str | int | bytes | None:
    match value:
        case bool():
            return b"\x01" if value else b"\x00"
        case float():
            return json.dumps(value)
        case _:
            return value
