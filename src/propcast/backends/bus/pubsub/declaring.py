"""What is declared on Pub/Sub: read, made, and changed field by field."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.api_core.exceptions import AlreadyExists
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1 import types

from propcast.backends.bus import port
from propcast.backends.bus.pubsub import subscriptions
from propcast.backends.bus.pubsub.clients import Clients
from propcast.backends.bus.pubsub.names import Names, short
from propcast.backends.bus.requiring import require
from propcast.backends.google.errors import is_absent
from propcast.backends.google.patience import Patience
from propcast.core.errors import StoreRefused


@dataclass(frozen=True)
class Declaring:
    """Topics and subscriptions of one project; pushes are signed in the name of `account`.

    Attributes:
        tries: deliveries before Pub/Sub gives a message up; None for as many as each subscription declares.
    """

    names: Names
    account: str
    clients: Clients
    calls: Patience
    tries: int | None = None

    def wanted(self, declared: port.Subscription, found: types.Subscription | None = None) -> types.Subscription:
        """Return a subscription as it is to be."""
        return subscriptions.wanted(self.names, declared, self.account, found, self.tries)

    def topics(self) -> list[str]:
        """Return the names of all topics."""
        call = self.clients.publisher.list_topics
        found = self.calls.again(
            "listing topics",
            lambda limit_s: [each.name for each in call(project=self.names.parent, retry=None, timeout=limit_s)],
        )
        return sorted(map(short, found))

    def subscriptions(self) -> dict[str, types.Subscription]:
        """Return all subscriptions by name."""
        call = self.clients.subscriber.list_subscriptions
        found = self.calls.again(
            "listing subscriptions", lambda limit_s: list(call(project=self.names.parent, retry=None, timeout=limit_s))
        )
        return {short(each.name): each for each in found}

    def subscription(self, name: str) -> types.Subscription:
        """Return one subscription; `InputError` when there is none."""
        path, call = self.names.subscription(name), self.clients.subscriber.get_subscription
        try:
            return self.calls.again(
                f"reading subscription {name}", lambda limit_s: call(subscription=path, retry=None, timeout=limit_s)
            )
        except StoreRefused as error:
            if is_absent(error):
                require(name, list(self.subscriptions()), "subscription")
            raise

    def make_topic(self, name: str) -> None:
        """Make a topic; one that somebody else made first is as good."""
        path, call = self.names.topic(name), self.clients.publisher.create_topic
        self.calls.again(
            f"making topic {name}", _unless_there(lambda limit_s: call(name=path, retry=None, timeout=limit_s))
        )

    def remove_topic(self, name: str) -> None:
        """Remove a topic."""
        path, call = self.names.topic(name), self.clients.publisher.delete_topic
        self.calls.again(f"removing topic {name}", lambda limit_s: call(topic=path, retry=None, timeout=limit_s))

    def remove_subscription(self, name: str) -> None:
        """Remove a subscription with what waits on it."""
        path, call = self.names.subscription(name), self.clients.subscriber.delete_subscription
        self.calls.again(
            f"removing subscription {name}", lambda limit_s: call(subscription=path, retry=None, timeout=limit_s)
        )

    def make(self, wanted: types.Subscription) -> None:
        """Make a subscription; one that somebody else made first is as good."""
        call = self.clients.subscriber.create_subscription
        self.calls.again(
            f"making subscription {short(wanted.name)}",
            _unless_there(lambda limit_s: call(request=wanted, retry=None, timeout=limit_s)),
        )

    def change(self, found: types.Subscription, wanted: types.Subscription) -> Sequence[str]:
        """Give a subscription the fields in which it differs, and return their names.

        Raises:
            StoreRefused: it differs in what can never be changed.
        """
        fields = subscriptions.differing(found, wanted)
        if fixed := [name for name in fields if name in subscriptions.FIXED]:
            raise StoreRefused(
                f"subscription {short(found.name)} has another {' and '.join(fixed)}, which Pub/Sub never changes; "
                "drain it, delete it, and declare it again"
            )
        if fields:
            call, mask = self.clients.subscriber.update_subscription, FieldMask(paths=fields)
            self.calls.again(
                f"changing {', '.join(fields)} of subscription {short(found.name)}",
                lambda limit_s: call(subscription=wanted, update_mask=mask, retry=None, timeout=limit_s),
            )
        return fields

    def ensure(self, declared: port.Subscription, found: types.Subscription | None) -> None:
        """Make a subscription, or give the one that there is these settings."""
        wanted = self.wanted(declared, found)
        if found is None:
            self.make(wanted)
        else:
            self.change(found, wanted)


def _unless_there(call: Callable[[float], object]) -> Callable[[float], None]:
    def make(limit_s: float) -> None:
        try:
            call(limit_s)
        except AlreadyExists:
            return

    return make
