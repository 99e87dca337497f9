"""Topics and subscriptions as shelves."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.pubsub_v1 import types

from propcast.backends.bus.port import Subscription
from propcast.backends.bus.pubsub import subscriptions
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.names import keeper_of
from propcast.backends.json import Body
from propcast.core.errors import StoreRefused
from propcast.delivery.cloud.shelf import CannotChange, Things


@dataclass(frozen=True)
class Topics:
    """Every topic, those of dead letters among them."""

    declaring: Declaring
    declared: Sequence[str]
    kind: str = "topic"
    holds: str = ""

    def wanted(self) -> Things:
        """Return what is declared."""
        return {name: {} for name in self.declared}

    def found(self) -> Things:
        """Return all topics of the project."""
        return {name: {} for name in self.declaring.topics()}

    def make(self, name: str) -> None:
        """Make a topic."""
        self.declaring.make_topic(name)

    def change(self, name: str) -> None:
        """Refuse: a topic has no settings of ours."""
        raise CannotChange(f"topic {name} is there already")

    def remove(self, name: str) -> None:
        """Remove a topic; its subscriptions go first."""
        self.declaring.remove_topic(name)


@dataclass(frozen=True)
class Subscriptions:
    """Every subscription, those that keep dead letters among them."""

    declaring: Declaring
    declared: Sequence[Subscription]
    kind: str = "subscription"
    holds: str = "messages that nobody took yet"

    def wanted(self) -> Things:
        """Return what is declared."""
        return {name: self._settings(each) for name, each in self._wanted({}).items()}

    def found(self) -> Things:
        """Return all subscriptions of the project; a paused one as it will be again."""
        return {name: self._settings(each) for name, each in self.declaring.subscriptions().items()}

    def make(self, name: str) -> None:
        """Make a subscription."""
        self.declaring.make(self._wanted({})[name])

    def change(self, name: str) -> None:
        """Give a subscription its settings; one that is paused stays so."""
        found = self.declaring.subscriptions()
        try:
            self.declaring.change(found[name], self._wanted(found)[name])
        except StoreRefused as error:
            raise CannotChange(str(error)) from error

    def remove(self, name: str) -> None:
        """Remove a subscription with what waits on it."""
        self.declaring.remove_subscription(name)

    def _wanted(self, found: dict[str, types.Subscription]) -> dict[str, types.Subscription]:
        dead = sorted({each.dead_letter_topic for each in self.declared if each.dead_letter_topic})
        kept = {keeper_of(topic): subscriptions.keeper(self.declaring.names, topic) for topic in dead}
        ours = {each.name: self.declaring.wanted(each, found.get(each.name)) for each in self.declared}
        return {**ours, **kept}

    def _settings(self, each: types.Subscription) -> Body:
        """Return what is compared, in the words of the port where it has some."""
        paused = subscriptions.memory_of(each).paused
        pushes = each.push_config
        dead = each.dead_letter_policy
        return {
            "topic": each.topic,
            "filter": each.filter,
            "endpoint": paused.endpoint if paused else pushes.push_endpoint,
            "audience": paused.audience if paused else pushes.oidc_token.audience,
            "account": self.declaring.account
            if paused and paused.endpoint
            else pushes.oidc_token.service_account_email,
            "ack_deadline_s": each.ack_deadline_seconds,
            "dead_letter_topic": dead.dead_letter_topic,
            "max_deliveries": dead.max_delivery_attempts,
            "backoff_s": [str(each.retry_policy.minimum_backoff), str(each.retry_policy.maximum_backoff)],
            "expires": bool(each.expiration_policy.ttl),
        }
