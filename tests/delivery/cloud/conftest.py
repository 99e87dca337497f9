"""Production on stand-ins: Pub/Sub, Run and secrets on a real connection, bucket and datasets in memory."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import Conflict, NotFound
from google.cloud.run_v2 import ServicesClient
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
from google.cloud.secretmanager_v1 import SecretManagerServiceClient, types
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport
from google.iam.v1.iam_policy_pb2 import GetIamPolicyRequest, SetIamPolicyRequest
from google.iam.v1.policy_pb2 import Policy
from google.protobuf.empty_pb2 import Empty

from propcast.backends.bus.pubsub.clients import over
from propcast.backends.bus.pubsub.opening import PATIENCE
from propcast.delivery.cloud.opening import Cloud, CloudClients
from propcast.delivery.manifest.reading import Laid, lay, read
from tests.emulators.pubsub_fake import PubSub
from tests.emulators.wire import Faulty, Refused, serving

FILE = Path(__file__).parents[3] / "deploy" / "propcast.toml"


@dataclass
class Storage:
    """Buckets as the client shows them."""

    buckets: dict[str, Any] = field(default_factory=dict)

    def bucket(self, name: str) -> Any:
        return self.buckets.get(name) or _bucket(self, name)

    def get_bucket(self, name: str, **_: Any) -> Any:
        if name not in self.buckets:
            raise NotFound("no such bucket")  # type: ignore[no-untyped-call]
        return self.buckets[name]

    def create_bucket(self, bucket: Any, location: str, **_: Any) -> None:
        if bucket.name in self.buckets:
            raise Conflict("it is there")  # type: ignore[no-untyped-call]
        bucket.location = location.upper()
        self.buckets[bucket.name] = bucket


def _bucket(storage: Storage, name: str) -> Any:
    rules = SimpleNamespace(uniform_bucket_level_access_enabled=False, public_access_prevention="inherited")
    made = SimpleNamespace(name=name, location="", iam_configuration=rules, bindings=[], etag="0")
    made.patch = lambda **_: None
    made.delete = lambda **_: storage.buckets.pop(name)

    def policy(**_: Any) -> Any:
        if name not in storage.buckets:
            raise NotFound("no such bucket")  # type: ignore[no-untyped-call]
        return SimpleNamespace(bindings=made.bindings, etag=made.etag)

    def write(given: Any, **_: Any) -> None:
        made.bindings = given.bindings

    made.get_iam_policy, made.set_iam_policy = policy, write
    return made


@dataclass
class BigQuery:
    """Datasets as the client shows them."""

    datasets: dict[str, Any] = field(default_factory=dict)

    def list_datasets(self, project: str, **_: Any) -> list[Any]:
        return list(self.datasets.values())

    def get_dataset(self, path: str, **_: Any) -> Any:
        return self.datasets[path.partition(".")[2]]

    def create_dataset(self, dataset: Any, **_: Any) -> None:
        self.datasets.setdefault(dataset.dataset_id, dataset)

    def delete_dataset(self, path: str, **_: Any) -> None:
        self.datasets.pop(path.partition(".")[2], None)


@dataclass
class Secrets:
    """Secrets, and the state of their versions."""

    held: dict[str, dict[str, int]] = field(default_factory=dict)

    def list(self, request: types.ListSecretsRequest) -> types.ListSecretsResponse:
        return types.ListSecretsResponse(secrets=[types.Secret(name=name) for name in self.held])

    def create(self, request: types.CreateSecretRequest) -> types.Secret:
        name = f"{request.parent}/secrets/{request.secret_id}"
        self.held.setdefault(name, {})
        return types.Secret(name=name)

    def delete(self, request: types.DeleteSecretRequest) -> Empty:
        del self.held[request.name]
        return Empty()

    def version(self, request: types.GetSecretVersionRequest) -> types.SecretVersion:
        name, _, number = request.name.partition("/versions/")
        if number not in self.held.get(name, {}):
            raise Refused(grpc.StatusCode.NOT_FOUND, "no such version")
        return types.SecretVersion(name=request.name, state=self.held[name][number])


@dataclass
class World:
    """One project in memory, and the environment that is to be in it."""

    laid: Laid
    cloud: Cloud
    wire: Faulty
    pubsub: PubSub
    run: PubSub
    """Only its policies: of services by full name."""
    deployed: set[str]
    secrets: Secrets
    storage: Storage
    bigquery: BigQuery


def _policies(held: PubSub, deployed: set[str] | None = None) -> dict[str, Any]:
    def read_policy(request: GetIamPolicyRequest) -> Policy:
        if deployed is not None and request.resource.rpartition("/")[2] not in deployed:
            raise Refused(grpc.StatusCode.NOT_FOUND, "no such service")
        return held.get_policy(request)

    return {
        "GetIamPolicy": (GetIamPolicyRequest, read_policy),
        "SetIamPolicy": (SetIamPolicyRequest, held.set_policy),
    }


@pytest.fixture
def world() -> Iterator[World]:
    laid = lay(read(FILE), "production")
    wire, pubsub, run, secrets, vault, deployed = Faulty(), PubSub(), PubSub(), Secrets(), PubSub(), set[str]()
    services = {
        **pubsub.services(),
        "google.cloud.run.v2.Services": _policies(run, deployed),
        "google.cloud.secretmanager.v1.SecretManagerService": {
            "ListSecrets": (types.ListSecretsRequest, secrets.list),
            "CreateSecret": (types.CreateSecretRequest, secrets.create),
            "DeleteSecret": (types.DeleteSecretRequest, secrets.delete),
            "GetSecretVersion": (types.GetSecretVersionRequest, secrets.version),
            **_policies(vault),
        },
    }
    with serving(wire.services(services)) as address, grpc.insecure_channel(address) as channel:
        storage, bigquery = Storage(), BigQuery()
        clients = CloudClients(
            over(channel),
            ServicesClient(transport=ServicesGrpcTransport(channel=channel)),
            SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel)),
            storage,
            bigquery,
        )
        slept = list[float]()
        calls = replace(PATIENCE, rng=random.Random(5), monotonic=lambda: sum(slept), sleep=slept.append)  # noqa: S311
        cloud = Cloud(laid, clients, calls)
        yield World(laid, cloud, wire, pubsub, run, deployed, secrets, storage, bigquery)
