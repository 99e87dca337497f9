"""Six real processes to which Google's emulator pushes publish what one process publishes."""

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from propcast.backends.bus import tokens
from propcast.backends.bus.pubsub.clients import Clients, over
from propcast.backends.bus.pubsub.names import Names, short
from propcast.backends.compose import Backends, compose
from propcast.backends.secrets.port import Secret
from propcast.backends.settings import load_settings
from propcast.backends.state import deadletters
from propcast.core.clock import Clock
from propcast.core.sport import Sport
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from tests.chaos.plant import Plant
from tests.chaos.slates import Kick, content_of, kicks_of, make_template, open_now, undisturbed
from tests.emulators.postman import Postman
from tests.emulators.pubsub import pubsub_emulator as pubsub_emulator

pytestmark = [pytest.mark.gcp, pytest.mark.timeout(1800)]

PATIENCE_S = 600.0
KEY = "k" * 48
CLOUD = {
    "PROPCAST_BACKEND_BUS": "gcp",
    "PROPCAST_PROJECT_ID": "six-processes",
    "PROPCAST_REGION": "us-east1",
    "PROPCAST_DATASET_PREFIX": "local_",
    "PROPCAST_BUCKET": "six-processes-objects",
    "PROPCAST_PUSH_KEY": KEY,
}
NAMES = Names(CLOUD["PROPCAST_PROJECT_ID"])


@dataclass
class Site:
    """Six processes, the emulator that pushes to them, and what carries its pushes."""

    backends: Backends
    postman: Postman
    template: Path


def until(holds: Callable[[], bool], what: str) -> None:
    over_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < over_at, f"not {what} within {PATIENCE_S:.0f} s"
        time.sleep(0.2)


def signing(clock: Clock) -> Callable[[str, str], str]:
    key = tokens.push_keys(Secret(KEY))[0]
    return lambda audience, _: tokens.sign(key, audience, clock.now())


def to_service(path: str) -> str:
    """Return the address behind `/<port>/<path>`."""
    _, port, rest = path.split("/", 2)
    return f"http://127.0.0.1:{port}/{rest}"


def send_through(postman: Postman, clients: Clients) -> None:
    """Have every subscription push to the postman, who knows the service by its port."""
    for each in clients.subscriber.list_subscriptions(project=NAMES.parent):
        if each.push_config.push_endpoint:
            there = urlsplit(each.push_config.push_endpoint)
            each.push_config.push_endpoint = f"{postman.url}/{there.port}{there.path}"
            clients.subscriber.update_subscription(subscription=each, update_mask=FieldMask(paths=["push_config"]))


@pytest.fixture(scope="module")
def site(pubsub_emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("six")
    template, home = folder / "template", folder / "home"
    make_template(template)
    shutil.copytree(template, home)
    more = {**CLOUD, "PUBSUB_EMULATOR_HOST": pubsub_emulator}
    plant = Plant(home, folder / "supervisor.err", random.Random(1), more=more)  # noqa: S311
    environ = {**more, "PROPCAST_HOME": str(home), "PROPCAST_HISTORY": str(home / "none")}
    backends = compose(load_settings(environ=environ), environ=environ)
    with grpc.insecure_channel(pubsub_emulator) as channel:
        clients = over(channel)
        postman = Postman(clients.subscriber, to_service, signing(backends.clock))
        try:
            with plant:
                until(plant.answers, "answering")
                send_through(postman, clients)
                yield Site(backends, postman, template)
        finally:
            postman.stop()
    assert plant.survivors() == []


@pytest.mark.parametrize("sport", Sport)
def test_a_slate_is_the_same_as_from_one_process(
    site: Site, sport: Sport, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    kick = next(each for each in kicks_of(open_now(site.template)) if each.sport is sport)
    wanted = undisturbed(site.template, tmp_path / "one-process", [kick]).slates[kick]
    before, pushed = len(site.postman.acknowledged), site.postman.carried.total()
    publish(site, kick)
    until(lambda: content_of(site.backends, sport, kick.day) == wanted, f"publishing {wanted.batch_id}")
    until(lambda: not site.backends.bus.missing([], ["raw-ready.analytics-processor"]), "there")
    taken = len(site.postman.acknowledged) - before
    told = f"{sport}: {taken} messages taken, {site.postman.carried.total() - pushed} pushes; dead letters: "
    record_property("told", f"{told}{len(deadletters.find(site.backends.state, limit=10))}")
    assert len(content_of(site.backends, sport, kick.day).ids) == len(wanted.ids) > 0  # type: ignore[union-attr]


def publish(site: Site, kick: Kick) -> None:
    message = RawReady(sport=kick.sport, game_day=kick.day.date, as_of=kick.as_of)
    site.backends.bus.publish(Topic.RAW_READY, [({**body_of(message)}, attributes_of(message))])


def test_every_push_was_signed_for_its_service(site: Site) -> None:
    """Without a token the services refuse: so all that came through shows that it was looked at."""
    names = {short(name) for name, _ in site.postman.acknowledged}
    assert {"raw-ready.analytics-processor", "features-ready.prediction-coordinator"} <= names
