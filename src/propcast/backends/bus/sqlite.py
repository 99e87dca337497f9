"""The bus of one machine: one SQLite file that `delivery` pushes from."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex

from propcast.backends.bus import dead_letters, queue, schema
from propcast.backends.bus.bell import ring
from propcast.backends.bus.declared import declared
from propcast.backends.bus.envelope import data_text
from propcast.backends.bus.instants import SECOND, instant, micros
from propcast.backends.bus.port import Backlog, Body, DeadLetter, Declared, Message, Subscription
from propcast.backends.bus.queue import Claim, Draft
from propcast.backends.bus.requiring import require
from propcast.backends.bus.times import BusTimes
from propcast.backends.sqlite.file import SqliteFile
from propcast.core.clock import Clock

_DECLARE = """
INSERT INTO subscriptions (name, topic, endpoint, audience, filter, ack_deadline_s, max_deliveries, min_backoff_s,
                           max_backoff_s, dead_letter_topic, concurrency)
VALUES (:name, :topic, :endpoint, :audience, :filter, :ack_deadline_s, :max_deliveries, :min_backoff_s,
        :max_backoff_s, :dead_letter_topic, :concurrency)
ON CONFLICT (name) DO UPDATE SET
    topic = excluded.topic, endpoint = excluded.endpoint, audience = excluded.audience, filter = excluded.filter,
    ack_deadline_s = excluded.ack_deadline_s, max_deliveries = excluded.max_deliveries,
    min_backoff_s = excluded.min_backoff_s, max_backoff_s = excluded.max_backoff_s,
    dead_letter_topic = excluded.dead_letter_topic, concurrency = excluded.concurrency
"""
_BACKLOG = """
SELECT s.paused,
       (SELECT count(*) FROM deliveries WHERE subscription = s.name) AS messages,
       (SELECT m.published_at FROM messages m WHERE m.number =
            (SELECT min(message) FROM deliveries WHERE subscription = s.name)) AS oldest,
       (SELECT count(*) FROM dead_letters WHERE subscription = s.name) AS dead
FROM subscriptions s WHERE s.name = ?
"""


class SqliteBus:
    """`port.Bus` in one file: every publication is on the disk when `publish` returns."""

    def __init__(self, path: Path, clock: Clock, times: BusTimes | None = None) -> None:
        self._clock = clock
        self._file = SqliteFile(path, schema.prepare, locked_s=(times or BusTimes()).locked_s, durable="FULL")
        self._prefix = identity(self._file)

    def ensure(self, topics: Sequence[str], subscriptions: Sequence[Subscription]) -> None:
        """Declare topics and subscriptions; one that exists gets the settings given and keeps its messages."""
        with self._changing() as connection:
            connection.executemany("INSERT OR IGNORE INTO topics VALUES (?)", [(topic,) for topic in topics])
            known = [name for (name,) in connection.execute("SELECT name FROM topics")]
            for each in subscriptions:
                for topic in (each.topic, each.dead_letter_topic):
                    if topic is not None:
                        require(topic, known, "topic")
                connection.execute(_DECLARE, asdict(each) | {"filter": json.dumps(dict(each.filter))})

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        """Publish all messages (data, attributes) or none, and return their ids; `InputError` for an unknown topic."""
        drafts = [Draft(data_text(data), attributes) for data, attributes in messages]
        with self._changing() as connection:
            if not connection.execute("SELECT 1 FROM topics WHERE name = ?", (topic,)).fetchone():
                require(topic, [name for (name,) in connection.execute("SELECT name FROM topics")], "topic")
            numbers = queue.publish(connection, topic, drafts, self._now())
        return [f"{self._prefix}{number}" for number in numbers]

    def backlog(self, subscription: str) -> Backlog:
        """Return what waits; age 0 when nothing does."""
        with self._file.reading() as connection:
            row = connection.execute(_BACKLOG, (subscription,)).fetchone()
            if row is None:
                _require_subscription(connection, subscription)
        age = 0.0 if row["oldest"] is None else max(0.0, (self._now() - row["oldest"]) / SECOND)
        return Backlog(row["messages"], age, row["dead"], bool(row["paused"]))

    def pause(self, subscription: str) -> None:
        """Start no more pushes; messages gather until `resume`. Pushes that run may end."""
        self._set_paused(subscription, paused=True)

    def resume(self, subscription: str) -> None:
        """Push again what has gathered, and everything after it."""
        self._set_paused(subscription, paused=False)

    def dead_letters(self, subscription: str, limit: int) -> list[DeadLetter]:
        """Return messages that the subscription gave up and nobody replayed, oldest first."""
        with self._file.reading() as connection:
            _require_subscription(connection, subscription)
            return [_letter(row) for row in dead_letters.find(connection, subscription, limit)]

    def replay(self, subscription: str, ids: Sequence[str]) -> int:
        """Publish dead letters again to their subscription, each with a new id and a full budget."""
        numbers = [int(each.removeprefix(self._prefix)) for each in ids if self._is_ours(each)]
        with self._changing() as connection:
            _require_subscription(connection, subscription)
            at = self._now()
            return sum(dead_letters.replay(connection, subscription, number, at) for number in numbers)

    def declared(self) -> Declared:
        """Return every topic and subscription there is, with its settings."""
        with self._file.reading() as connection:
            return declared(connection)

    def missing(self, topics: Sequence[str], subscriptions: Sequence[str]) -> list[str]:
        """Return which of these topics and subscriptions do not exist."""
        with self._file.reading() as connection:
            known = {
                kind: {name for (name,) in connection.execute(f"SELECT name FROM {kind}s")}  # noqa: S608 - two words
                for kind in ("topic", "subscription")
            }
        wanted = {"topic": topics, "subscription": subscriptions}
        return [f"{kind} {name}" for kind, names in wanted.items() for name in names if name not in known[kind]]

    def drain(self, subscription: str, limit: int) -> list[Message]:
        """Receive and acknowledge what waits on a subscription whose endpoint is empty: nothing is pushed from it."""
        at = self._now()
        with self._file.writing() as connection:
            _require_subscription(connection, subscription)
            claims = queue.claim(connection, subscription, limit, at=at, until=at, holder="drain")
            for claim in claims:
                queue.acknowledge(connection, claim.place)
        return [self._message(claim) for claim in claims]

    def _message(self, claim: Claim) -> Message:
        name = f"{self._prefix}{claim.place.message}"
        return Message(name, json.loads(claim.data), claim.attributes, instant(claim.published_at))

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._file.writing() as connection:
            yield connection
        ring(self._file.path)

    def _set_paused(self, subscription: str, *, paused: bool) -> None:
        with self._changing() as connection:
            _require_subscription(connection, subscription)
            connection.execute("UPDATE subscriptions SET paused = ? WHERE name = ?", (paused, subscription))

    def _is_ours(self, message_id: str) -> bool:
        number = message_id.removeprefix(self._prefix)
        return message_id.startswith(self._prefix) and number.isascii() and number.isdigit() and len(number) < 19

    def _now(self) -> int:
        return micros(self._clock.now())


def identity(file: SqliteFile) -> str:
    """Return the prefix of this file's message ids; another file's ids never equal ours, whatever their numbers."""
    with file.writing() as connection:
        connection.execute(
            "INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", (f"{token_hex(4)}-",)
        )
        (prefix,) = connection.execute("SELECT prefix FROM identity").fetchone()
        return str(prefix)


def _require_subscription(connection: sqlite3.Connection, name: str) -> None:
    require(name, [known for (known,) in connection.execute("SELECT name FROM subscriptions")], "subscription")


def _letter(row: sqlite3.Row) -> DeadLetter:
    message = Message(row["id"], json.loads(row["data"]), json.loads(row["attributes"]), instant(row["published_at"]))
    return DeadLetter(message, row["reason"], row["deliveries"], instant(row["died_at"]))
