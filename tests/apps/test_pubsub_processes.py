"""Six real processes to which Google's emulator pushes publish what one process publishes."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from propcast.backends.bus.pubsub.names import short
from propcast.backends.google.places import PUBSUB
from propcast.backends.state import deadletters
from propcast.core.sport import Sport
from tests.apps.six_on_google import Site, places, six_processes, until
from tests.chaos.slates import kicks_of, make_template, open_now, undisturbed
from tests.emulators.pubsub import pubsub_emulator as pubsub_emulator

pytestmark = [pytest.mark.gcp, pytest.mark.timeout(1800)]


@dataclass
class World:
    """The six, and the home as it was before them."""

    site: Site
    template: Path


@pytest.fixture(scope="module")
def world(pubsub_emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("six")
    template, home = folder / "template", folder / "home"
    make_template(template)
    shutil.copytree(template, home)
    with six_processes(home, folder, {**places("six-processes", "none"), PUBSUB: pubsub_emulator}) as site:
        yield World(site, template)


@pytest.mark.parametrize("sport", Sport)
def test_a_slate_is_the_same_as_from_one_process(
    world: World, sport: Sport, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    site = world.site
    kick = next(each for each in kicks_of(open_now(world.template)) if each.sport is sport)
    wanted = undisturbed(world.template, tmp_path / "one-process", [kick]).slates[kick]
    before, pushed = len(site.postman.acknowledged), site.postman.carried.total()
    site.publish(sport, kick.day, kick.as_of)
    site.shows(sport, kick.day, wanted)
    taken = len(site.postman.acknowledged) - before
    told = f"{sport}: {taken} messages taken, {site.postman.carried.total() - pushed} pushes; dead letters: "
    record_property("told", f"{told}{len(deadletters.find(site.backends.state, limit=10))}")
    assert len(wanted.ids) > 0


def test_every_push_was_signed_for_its_service(world: World) -> None:
    """Without a token the services refuse: so all that came through shows that it was looked at."""
    site = world.site
    kick = kicks_of(open_now(world.template))[-1]
    site.publish(kick.sport, kick.day, kick.as_of)
    wanted = {"raw-ready.analytics-processor", "features-ready.prediction-coordinator"}
    until(lambda: wanted <= {short(name) for name, _ in list(site.postman.acknowledged)}, "taking pushes of both")
