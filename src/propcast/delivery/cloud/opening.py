"""Everything that an environment stands on, in the order in which it is made."""

from dataclasses import dataclass
from typing import Any

from propcast.backends.bus.port import Declared, Subscription
from propcast.backends.bus.pubsub.clients import Clients, connected
from propcast.backends.bus.pubsub.declaring import Declaring
from propcast.backends.bus.pubsub.names import Names, is_keeper
from propcast.backends.bus.pubsub.subscriptions import PLATFORM_TRIES, declared_as
from propcast.backends.google.accounts import PUSHER, account
from propcast.backends.google.errors import google_errors
from propcast.backends.google.patience import Patience
from propcast.core.errors import InputError
from propcast.delivery.cloud import bindings
from propcast.delivery.cloud.bucket_policies import BucketPolicies
from propcast.delivery.cloud.members import named
from propcast.delivery.cloud.places import Bucket, Datasets
from propcast.delivery.cloud.policies import Bindings, Guarded
from propcast.delivery.cloud.shelf import Shelf
from propcast.delivery.cloud.vault import Vault
from propcast.delivery.cloud.wires import Subscriptions, Topics
from propcast.delivery.manifest.reading import Laid
from propcast.service.topics import Places, subscriptions, topics


@dataclass(frozen=True)
class CloudClients:
    """The official clients, each of which an emulator or a stand-in may answer."""

    pubsub: Clients
    run: Any
    secrets: Any
    storage: Any
    bigquery: Any


@dataclass(frozen=True)
class Cloud:
    """One environment on Google Cloud."""

    laid: Laid
    clients: CloudClients
    calls: Patience

    def shelves(self) -> list[Shelf]:
        """Return every kind of thing, in the order in which they are made."""
        where, wanted = self.laid.environment, self.subscriptions()
        return [
            Bucket(self.clients.storage, self.calls, where.bucket, where.region),
            Datasets(self.clients.bigquery, self.calls, where.project_id, where.dataset_prefix, where.region),
            self.vault(),
            Topics(self._declaring(), topics(Places())),
            Subscriptions(self._declaring(), wanted),
            self.publishers(),
            self._on("subscription", self.clients.pubsub.subscriber, bindings.on_subscriptions(self.laid, wanted)),
            self._on("secret", self.clients.secrets, bindings.on_secrets(self.laid)),
            Bindings("bucket binding", list(bindings.on_bucket(self.laid)), self._buckets(), str),
            self.invokers(),
        ]

    def subscriptions(self) -> list[Subscription]:
        """Return every subscription that there should be."""
        return subscriptions(Places({name: self.laid.url(name) for name in self.laid.services}))

    def vault(self) -> Vault:
        """Return the secrets."""
        names = [version.partition("@")[0] for each in self.laid.services.values() for version in each.secrets.values()]
        return Vault(self.clients.secrets, self.calls, self.laid.environment.project_id, names)

    def publishers(self) -> Bindings:
        """Return who publishes to which topic."""
        return self._on("topic", self.clients.pubsub.publisher, bindings.on_topics(self.laid, self.subscriptions()))

    def invokers(self) -> Bindings:
        """Return who may call which service; one that was never deployed is waited for."""
        return self._on("service", self.clients.run, bindings.on_services(self.laid), awaits=True)

    def declared(self) -> Declared:
        """Return what is declared on the bus, kept dead letters left out."""
        found, ours = self._declaring().subscriptions(), self._declaring().topics()
        return Declared(tuple(ours), tuple(declared_as(found[name]) for name in sorted(found) if not is_keeper(name)))

    def may_publish(self, topic: str) -> list[str]:
        """Return who may publish to a topic, by the names of the manifest."""
        return [named(self.laid, each) for each in self.publishers().members(f"topic {topic}", bindings.PUBLISHER)]

    def _declaring(self) -> Declaring:
        project = self.laid.environment.project_id
        pusher = account(PUSHER, self.laid.name, project)
        return Declaring(Names(project), pusher, self.clients.pubsub, self.calls, PLATFORM_TRIES)

    def _buckets(self) -> BucketPolicies:
        return BucketPolicies(self.clients.storage, self.calls)

    def _on(self, kind: str, client: Any, declared: Any, *, awaits: bool = False) -> Bindings:
        return Bindings(
            f"{kind} binding", list(declared), Guarded(client, self.calls), self._paths[kind].format, awaits
        )

    @property
    def _paths(self) -> dict[str, str]:
        where = self.laid.environment
        project = f"projects/{where.project_id}"
        return {
            "topic": f"{project}/topics/{{}}",
            "subscription": f"{project}/subscriptions/{{}}",
            "secret": f"{project}/secrets/{{}}",
            "service": f"{project}/locations/{where.region}/services/{{}}",
        }


PATIENCE = Patience(budget_s=20.0, call_s=5.0, first_s=0.2, longest_s=4.0)
"""How long one call is waited for."""


def opened(laid: Laid) -> Cloud:
    """Return an environment with the credentials of this machine; `InputError` where it is not on Google Cloud."""
    if laid.environment.backend != "gcp":
        raise InputError(f"{laid.name} is on one machine; `propcast up` makes all it needs")
    with google_errors("opening the clients of Google Cloud"):
        return Cloud(laid, _connected(laid.environment.project_id), PATIENCE)


def _connected(project: str) -> CloudClients:
    from google.cloud.bigquery import Client as BigQuery
    from google.cloud.run_v2 import ServicesClient
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient
    from google.cloud.storage import Client as Storage

    return CloudClients(
        connected(), ServicesClient(), SecretManagerServiceClient(), Storage(project), BigQuery(project)
    )
