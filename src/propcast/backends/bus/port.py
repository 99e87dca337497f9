"""The port that every bus implements: what Google Cloud Pub/Sub promises for push subscriptions, and no more.

At least once, in no order: a message may come twice, late, or after a later one. The HTTP answer to a push decides:
2xx acknowledges, 429 and a refused credential return the message uncharged, anything else is a charged delivery.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, Self, TypeAlias

from propcast.backends.bus.times import BusTimes
from propcast.backends.json import Body as Body  # a word of this port

Filter: TypeAlias = Mapping[str, str | None]

ORIGINAL_ID = "original_message_id"
"""Attribute of a replayed or dead-lettered message: the id under which it was first published."""
DEADLINE = "deadline"
"""Attribute with an ISO instant; a message that is not acknowledged by then is dead-lettered."""
DEAD_SUBSCRIPTION = "CloudPubSubDeadLetterSourceSubscription"
"""Attribute of a dead-lettered message, named as Google names it: the subscription that gave it up."""
DEAD_DELIVERIES = "CloudPubSubDeadLetterSourceDeliveryCount"
"""Attribute of a dead-lettered message, named as Google names it: how often it was delivered."""
DEAD_REASON = "dead_letter_reason"
"""Attribute of a dead-lettered message: the last error. Pub/Sub does not say."""


@dataclass(frozen=True)
class Message:
    """One published message as a subscriber sees it."""

    id: str
    data: Body
    attributes: Mapping[str, str]
    published_at: datetime

    @property
    def key(self) -> str:
        """The id under which the message was first published: the same for a replay, so consumers know it again."""
        return self.attributes.get(ORIGINAL_ID, self.id)


@dataclass(frozen=True)
class Subscription:
    """Who gets which messages of a topic, and how hard it is tried.

    Attributes:
        name: unique on the bus.
        topic: where the messages come from.
        endpoint: URL that messages are pushed to; empty for a subscription that is drained.
        audience: audience of the push token: the URL of the service that is addressed.
        filter: only messages with all of these attributes; None: without that attribute. Empty takes all.
        ack_deadline_s: a push that is not answered by then has failed.
        max_deliveries: charged deliveries before the message is dead-lettered.
        min_backoff_s: bound of the wait after the first charged delivery; it doubles with each.
        max_backoff_s: no wait is longer.
        dead_letter_topic: topic that dead letters are published to.
        concurrency: pushes at once, where the adapter can bound them.
    """

    name: str
    topic: str
    endpoint: str
    audience: str
    filter: Filter = field(default_factory=dict)
    ack_deadline_s: float = BusTimes.ack_deadline_s
    max_deliveries: int = 8
    min_backoff_s: float = BusTimes.min_backoff_s
    max_backoff_s: float = BusTimes.max_backoff_s
    dead_letter_topic: str | None = None
    concurrency: int = 16

    def scaled(self, divisor: float) -> Self:
        """Return the subscription with its times divided, as `BusTimes.scaled` does."""
        return replace(
            self,
            ack_deadline_s=self.ack_deadline_s / divisor,
            min_backoff_s=self.min_backoff_s / divisor,
            max_backoff_s=self.max_backoff_s / divisor,
        )


@dataclass(frozen=True)
class Backlog:
    """What waits for a subscriber; a message being delivered waits still.

    Attributes:
        messages, oldest_s, dead_letters: None where the bus cannot say it now.
        unknown: why; empty where it can.
    """

    messages: int | None
    oldest_s: float | None
    dead_letters: int | None
    paused: bool
    unknown: str = ""


@dataclass(frozen=True)
class DeadLetter:
    """A message that a subscription gave up, and why."""

    message: Message
    reason: str
    deliveries: int
    died_at: datetime


@dataclass(frozen=True)
class Declared:
    """What there is on a bus, by name."""

    topics: tuple[str, ...]
    subscriptions: tuple[Subscription, ...]


class Bus(Protocol):
    """Topics, subscriptions and their messages; every call is durable when it returns."""

    def ensure(self, topics: Sequence[str], subscriptions: Sequence[Subscription]) -> None:
        """Declare topics and subscriptions; one that exists gets the settings given and keeps its messages.

        A subscription sees what is published after its declaration.
        """
        ...

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        """Publish all messages (data, attributes) or none, and return their ids; `InputError` for an unknown topic."""
        ...

    def backlog(self, subscription: str) -> Backlog:
        """Return what waits, as far as it is known; age 0 when nothing does."""
        ...

    def pause(self, subscription: str) -> None:
        """Start no more pushes; messages gather until `resume`. Pushes that run may end."""
        ...

    def resume(self, subscription: str) -> None:
        """Push again what has gathered, and everything after it."""
        ...

    def dead_letters(self, subscription: str, limit: int) -> list[DeadLetter]:
        """Return messages that the subscription gave up and nobody replayed, oldest first."""
        ...

    def replay(self, subscription: str, ids: Sequence[str]) -> int:
        """Publish dead letters again to their subscription, each with a new id, a full budget and `ORIGINAL_ID`.

        A deadline that has passed is dropped. Ids that are no dead letters are skipped; returns how many were replayed.
        """
        ...

    def declared(self) -> Declared:
        """Return every topic and subscription there is, with its settings."""
        ...

    def missing(self, topics: Sequence[str], subscriptions: Sequence[str]) -> list[str]:
        """Return which of these topics and subscriptions do not exist."""
        ...

    def drain(self, subscription: str, limit: int) -> list[Message]:
        """Receive and acknowledge what waits on a subscription whose endpoint is empty: nothing is pushed from it."""
        ...
