"""Who may do what on which thing, as the manifest has it."""

from collections.abc import Iterator
from typing import NamedTuple

from propcast.backends.bus.port import Subscription
from propcast.backends.bus.pubsub.names import keeper_of
from propcast.delivery.cloud.members import member, pubsub_agent
from propcast.delivery.manifest.reading import Laid
from propcast.service.catalogue import PREDICTION_COORDINATOR, service
from propcast.service.topics import SCRATCH_TOPIC, scratch_subscription

PUBLISHER, SUBSCRIBER = "roles/pubsub.publisher", "roles/pubsub.subscriber"
INVOKER, ACCESSOR = "roles/run.invoker", "roles/secretmanager.secretAccessor"
OBJECTS = "roles/storage.objectUser"


class Binding(NamedTuple):
    """One right: a role on a thing (`topic x`) for a member."""

    thing: str
    role: str
    member: str

    @property
    def name(self) -> str:
        """Return it as one line, by which it is known."""
        return " ".join(self)


def on_topics(laid: Laid, subscriptions: list[Subscription]) -> Iterator[Binding]:
    """Yield who publishes: each service to its topics and the scratch topic, Pub/Sub to those of dead letters."""
    for name, declared in laid.services.items():
        for topic in (*declared.publishes, SCRATCH_TOPIC):
            yield Binding(f"topic {topic}", PUBLISHER, member(laid, name))
    for topic in sorted({each.dead_letter_topic for each in subscriptions if each.dead_letter_topic}):
        yield Binding(f"topic {topic}", PUBLISHER, pubsub_agent(laid))


def on_subscriptions(laid: Laid, subscriptions: list[Subscription]) -> Iterator[Binding]:
    """Yield who takes: Pub/Sub itself what it gives up, each service its scratch, the coordinator kept dead letters."""
    for each in subscriptions:
        if each.dead_letter_topic:
            yield Binding(f"subscription {each.name}", SUBSCRIBER, pubsub_agent(laid))
    for name in laid.services:
        yield Binding(f"subscription {scratch_subscription(service(name))}", SUBSCRIBER, member(laid, name))
    for topic in sorted({each.dead_letter_topic for each in subscriptions if each.dead_letter_topic}):
        coordinator = member(laid, PREDICTION_COORDINATOR.name)
        yield Binding(f"subscription {keeper_of(topic)}", SUBSCRIBER, coordinator)


def on_services(laid: Laid) -> Iterator[Binding]:
    """Yield who may call each service."""
    for declared in laid.services.values():
        for invoker in declared.invokers:
            yield Binding(f"service {declared.deployed_name}", INVOKER, member(laid, invoker))
        if declared.public:
            yield Binding(f"service {declared.deployed_name}", INVOKER, "allUsers")


def on_secrets(laid: Laid) -> Iterator[Binding]:
    """Yield who may read each secret."""
    for name, declared in laid.services.items():
        for version in declared.secrets.values():
            yield Binding(f"secret {version.partition('@')[0]}", ACCESSOR, member(laid, name))


def on_bucket(laid: Laid) -> Iterator[Binding]:
    """Yield who reads and writes objects: every service."""
    for name in laid.services:
        yield Binding(f"bucket {laid.environment.bucket}", OBJECTS, member(laid, name))
