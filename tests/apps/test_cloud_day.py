"""Days of the real history through six processes, every store and the bus on emulators of Google Cloud."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from propcast.backends.world_clock import start_world_clock
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.day import run_day
from tests.apps.six_on_google import Site, everywhere, fill, six_processes
from tests.chaos.slates import content_of, open_now
from tests.emulators.bigquery import BigQueryEmulator
from tests.emulators.bigquery import bigquery_emulator as bigquery_emulator
from tests.emulators.firestore import firestore_address as firestore_address
from tests.emulators.gcs import make_bucket as make_bucket
from tests.emulators.gcs import storage_url as storage_url
from tests.emulators.pubsub import pubsub_emulator as pubsub_emulator
from tests.pipeline.batch.conftest import past_template as past_template

pytestmark = [pytest.mark.gcp, pytest.mark.history, pytest.mark.timeout(2400)]

TODAY = datetime(2026, 4, 9, 12, tzinfo=UTC)
"""After the history: the scheduler has nothing to ask for by itself."""
DAYS = {Sport.NBA: GameDay.parse("2025-10-24"), Sport.MLB: GameDay.parse("2025-07-02")}


@dataclass
class World:
    """The six, and the home that one process works in."""

    site: Site
    template: Path


@pytest.fixture(scope="module")
def world(
    past_template: Path,
    bigquery_emulator: BigQueryEmulator,
    firestore_address: str,
    storage_url: str,
    make_bucket: Callable[[], str],
    pubsub_emulator: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("cloud")
    template, home = folder / "template", folder / "home"
    shutil.copytree(past_template, template)
    for each in (template, home):
        start_world_clock(each, TODAY)
    more = everywhere(bigquery_emulator.site(), firestore_address, storage_url, make_bucket(), pubsub_emulator)
    fill(template, more, TODAY)
    with six_processes(home, folder, more) as site:
        yield World(site, template)


@pytest.mark.parametrize("sport", Sport)
def test_a_day_is_the_same_as_from_one_process_on_one_machine(
    world: World, sport: Sport, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    site, day = world.site, DAYS[sport]
    shutil.copytree(world.template, tmp_path / "one-machine")
    alone = open_now(tmp_path / "one-machine")
    run_day(alone, sport, day)
    wanted = content_of(alone, sport, day)
    assert wanted is not None
    site.publish(sport, day)
    site.shows(sport, day, wanted)
    record_property("told", f"{sport} {day.date}: {len(wanted.ids):,} predictions, equal on both")
