"""`port.Bus` on Google Cloud Pub/Sub."""

from collections.abc import Callable, Mapping, Sequence

from google.pubsub_v1 import types

from propcast.backends.bus.port import Backlog, Body, DeadLetter, Declared, Message, Subscription
from propcast.backends.bus.pubsub import messages as mail
from propcast.backends.bus.pubsub import pausing, subscriptions
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.meter import Meter
from propcast.backends.bus.pubsub.names import is_keeper, keeper_of, short
from propcast.backends.bus.pubsub.pulling import Pulling
from propcast.backends.bus.requiring import require
from propcast.backends.google.errors import is_absent
from propcast.core.clock import Clock
from propcast.core.errors import StoreConflict, StoreRefused


class PubSubBus:
    """Topics and push subscriptions of one project.

    What Pub/Sub promises less than the bus of one machine: every answer but 2xx counts as a delivery, so services count
    for themselves what they were charged; nothing dies at its `deadline`; and a replay is seen by every subscription
    of its topic, whose services know its key already.
    """

    def __init__(self, declaring: Declaring, clock: Clock, meter: Meter) -> None:
        """Take what declares, in one project and with its clients; `meter` measures what waits."""
        self._declaring, self._clock, self._meter = declaring, clock, meter
        self._clients, self._names, self._calls = declaring.clients, declaring.names, declaring.calls
        self._pulling = Pulling(self._clients, self._calls)

    def ensure(self, topics: Sequence[str], subscriptions: Sequence[Subscription]) -> None:
        """Declare topics and subscriptions; one that exists gets the settings given and keeps its messages.

        `StoreRefused` for another topic or filter than it has: Pub/Sub never changes those.
        """
        there = self._declaring.topics()
        for topic in [name for name in dict.fromkeys(topics) if name not in there]:
            self._declaring.make_topic(topic)
        known, found = [*there, *topics], self._declaring.subscriptions()
        for each in subscriptions:
            for needed in (each.topic, each.dead_letter_topic):
                if needed is not None:
                    require(needed, known, "topic")
            self._declaring.ensure(each, found.get(each.name))
        self._keep_the_dead({each.dead_letter_topic for each in subscriptions if each.dead_letter_topic}, found)

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        """Publish all messages or none, and return their ids; `InputError` for an unknown topic.

        All or none holds for what fits into one request, a thousand messages; else those before the failure are out.
        """
        drafts = [mail.stamped(data, attributes) for data, attributes in messages]
        for page in mail.pages(drafts):
            self._publish(topic, page)
        return [mail.stamp_of(each) for each in drafts]

    def backlog(self, subscription: str) -> Backlog:
        """Return what waits, as it was last measured; what is not known is None, never 0."""
        found = self._declaring.subscription(subscription)
        waiting = self._meter.waiting(subscription)
        paused = subscriptions.memory_of(found).paused is not None
        return Backlog(waiting.messages, waiting.oldest_s, self._dead(found), paused, waiting.unknown)

    def pause(self, subscription: str) -> None:
        """Start no more pushes; messages gather until `resume`. Pushes that run may end."""
        self._turn(subscription, pausing.paused)

    def resume(self, subscription: str) -> None:
        """Push again what has gathered, and everything after it."""
        self._turn(subscription, pausing.resumed)

    def dead_letters(self, subscription: str, limit: int) -> list[DeadLetter]:
        """Return messages that the subscription gave up and nobody replayed, oldest first.

        They are leased while they are read, so of two who look at once each sees a part.
        """
        keeper = self._keeper(self._declaring.subscription(subscription))
        if keeper is None:
            return []
        with self._pulling.leased(keeper) as found:
            return [mail.letter(each.message) for each in _of(subscription, found)][:limit]

    def replay(self, subscription: str, ids: Sequence[str]) -> int:
        """Publish dead letters again, each with a new id, a full budget and `ORIGINAL_ID`; return how many."""
        there = self._declaring.subscription(subscription)
        keeper = self._keeper(there)
        if keeper is None:
            return 0
        with self._pulling.leased(keeper) as found:
            chosen = [each for each in _of(subscription, found) if mail.letter(each.message).message.id in ids]
            drafts = [mail.again(mail.letter(each.message), self._clock.now()) for each in chosen]
            for page in mail.pages(drafts):
                self._publish(short(there.topic), page)
            # Only what is published again is taken away: who dies in between replays it twice, under one key.
            self._pulling.acknowledge(keeper, chosen)
            found[:] = [each for each in found if each not in chosen]
        return len(chosen)

    def declared(self) -> Declared:
        """Return every topic and subscription there is, with its settings."""
        found = self._declaring.subscriptions()
        ours = [subscriptions.declared_as(found[name]) for name in sorted(found) if not is_keeper(name)]
        return Declared(tuple(self._declaring.topics()), tuple(ours))

    def missing(self, topics: Sequence[str], subscriptions: Sequence[str]) -> list[str]:
        """Return which of these topics and subscriptions do not exist."""
        known, found = self._declaring.topics(), self._declaring.subscriptions()
        absent = [f"topic {name}" for name in topics if name not in known]
        return absent + [f"subscription {name}" for name in subscriptions if name not in found]

    def drain(self, subscription: str, limit: int) -> list[Message]:
        """Receive and acknowledge what waits on a subscription whose endpoint is empty: nothing is pushed from it."""
        path = self._declaring.subscription(subscription).name
        found = self._pulling.take(path, limit)
        self._pulling.acknowledge(path, found)
        return [mail.received(each.message) for each in mail.in_order(found)]

    def _publish(self, topic: str, page: list[types.PubsubMessage]) -> None:
        path, call = self._names.topic(topic), self._clients.publisher.publish
        try:
            self._calls.again(
                f"publishing to {topic}",
                lambda limit_s: call(topic=path, messages=page, retry=None, timeout=limit_s),
                also=(StoreConflict,),  # Pub/Sub says "aborted" for what may be published again
            )
        except StoreRefused as error:
            if is_absent(error):
                require(topic, self._declaring.topics(), "topic")
            raise

    def _turn(self, subscription: str, turned: Callable[[types.Subscription, str], types.Subscription]) -> None:
        found = self._declaring.subscription(subscription)
        self._declaring.change(found, turned(found, self._declaring.account))

    def _keep_the_dead(self, topics: set[str], found: Mapping[str, types.Subscription]) -> None:
        for topic in sorted(topics):
            if keeper_of(topic) not in found:
                self._declaring.make(subscriptions.keeper(self._names, topic))

    def _keeper(self, found: types.Subscription) -> str | None:
        """Return the subscription that keeps the dead letters of another; None where nothing dies."""
        topic = found.dead_letter_policy.dead_letter_topic
        return self._names.subscription(keeper_of(short(topic))) if topic else None

    def _dead(self, found: types.Subscription) -> int | None:
        """Return how many dead letters are kept; they are looked at only where some are measured."""
        keeper = self._keeper(found)
        measured = 0 if keeper is None else self._meter.waiting(short(keeper)).messages
        if keeper is None or not measured:
            return measured
        with self._pulling.leased(keeper) as letters:
            return len(_of(short(found.name), letters))


def _of(subscription: str, found: Sequence[types.ReceivedMessage]) -> list[types.ReceivedMessage]:
    """Return the letters that one subscription gave up: several may share a dead-letter topic."""
    return [each for each in mail.in_order(found) if mail.gave_up(each.message) == subscription]
