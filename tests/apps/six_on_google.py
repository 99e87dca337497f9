"""Six real processes on emulators of Google Cloud, and what carries the pushes of one of them."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from propcast.backends.bus import tokens
from propcast.backends.bus.pubsub.clients import Clients, over
from propcast.backends.bus.pubsub.names import Names
from propcast.backends.compose import Backends, compose, warehouse_of
from propcast.backends.google.places import BIGQUERY, FIRESTORE, PUBSUB, STORAGE
from propcast.backends.secrets.port import Secret
from propcast.backends.settings import load_settings
from propcast.backends.warehouse.copying import copy
from propcast.backends.warehouse.port import Stamp
from propcast.core.clock import Clock
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from propcast.tables.registry import ALL
from tests.chaos.plant import Plant
from tests.chaos.slates import Content, content_of
from tests.emulators.bigquery import BigQuerySite
from tests.emulators.postman import Postman

PATIENCE_S = 900.0
KEY = "k" * 48


@dataclass
class Site:
    """Six processes, the emulator that pushes to them, and what carries its pushes."""

    backends: Backends
    postman: Postman
    plant: Plant

    def publish(self, sport: Sport, day: GameDay, as_of: datetime | None = None) -> None:
        """Say that the raw data of a day are there."""
        message = RawReady(sport=sport, game_day=day.date, as_of=as_of)
        self.backends.bus.publish(Topic.RAW_READY, [({**body_of(message)}, attributes_of(message))])

    def shows(self, sport: Sport, day: GameDay, wanted: Content) -> None:
        """Wait until a slate is published with that content."""
        until(lambda: content_of(self.backends, sport, day) == wanted, f"publishing {wanted.batch_id}")


def places(project: str, bucket: str, prefix: str = "local_") -> dict[str, str]:
    """Return the variables that say where things are, and the key that signs pushes."""
    return {
        "PROPCAST_BACKEND_BUS": "gcp",
        "PROPCAST_PROJECT_ID": project,
        "PROPCAST_REGION": "us-east1",
        "PROPCAST_DATASET_PREFIX": prefix,
        "PROPCAST_BUCKET": bucket,
        "PROPCAST_PUSH_KEY": KEY,
        "PROPCAST_SESSION_KEY": KEY,
        "PROPCAST_ADMIN_PASSWORD": KEY,
    }


def everywhere(tables: BigQuerySite, firestore: str, storage: str, bucket: str, pubsub: str) -> dict[str, str]:
    """Return the variables that put every port on its emulator."""
    emulators = {BIGQUERY: tables.address, FIRESTORE: firestore, STORAGE: storage, PUBSUB: pubsub}
    named = places(tables.places().project, bucket, tables.prefix)
    return {**named, **emulators, "PROPCAST_BACKEND": "gcp"}


def fill(template: Path, more: Mapping[str, str], at: datetime) -> None:
    """Copy every table of a home to where the six look for them."""
    settings = load_settings(environ={**more, "PROPCAST_HOME": str(template)})
    ours, theirs = (warehouse_of(settings, side, more) for side in ("local", "gcp"))
    for table in ALL.values():
        for _ in copy(table, ours, theirs, Stamp("copy", at)):
            pass


@contextmanager
def six_processes(
    home: Path, folder: Path, more: Mapping[str, str], carrier: type[Postman] = Postman
) -> Iterator[Site]:
    """Run the six services of a home whose bus is on the emulator that `more` names; all times are the real ones."""
    plant = Plant(home, folder / "supervisor.err", random.Random(1), more=more, divisor=1.0)  # noqa: S311
    environ = {**more, "PROPCAST_HOME": str(home), "PROPCAST_HISTORY": str(home / "none")}
    backends = compose(load_settings(environ=environ), environ=environ)
    with grpc.insecure_channel(more[PUBSUB]) as channel:
        clients = over(channel)
        postman = carrier(clients.subscriber, to_service, signing(backends.clock))
        try:
            with plant:
                until(plant.answers, "answering")
                send_through(postman, clients, Names(more["PROPCAST_PROJECT_ID"]))
                yield Site(backends, postman, plant)
        finally:
            postman.stop()
    assert plant.survivors() == []


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds; say what did not."""
    over_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < over_at, f"not {what} within {PATIENCE_S:.0f} s"
        time.sleep(0.2)


def signing(clock: Clock) -> Callable[[str, str], str]:
    """Return what signs a push for an audience, as the machine's own bus does."""
    key = tokens.push_keys(Secret(KEY))[0]
    return lambda audience, _: tokens.sign(key, audience, clock.now())


def to_service(path: str) -> str:
    """Return the address behind `/<port>/<path>`."""
    _, port, rest = path.split("/", 2)
    return f"http://127.0.0.1:{port}/{rest}"


def send_through(postman: Postman, clients: Clients, names: Names) -> None:
    """Have every subscription push to the postman, who knows the service by its port, and keeps its policies."""
    changed = FieldMask(paths=["push_config", "retry_policy", "dead_letter_policy"])
    for found in clients.subscriber.list_subscriptions(project=names.parent):
        if found.push_config.push_endpoint:
            each = postman.retries.keep(found)
            there = urlsplit(found.push_config.push_endpoint)
            each.push_config.push_endpoint = f"{postman.url}/{there.port}{there.path}"
            clients.subscriber.update_subscription(subscription=each, update_mask=changed)
