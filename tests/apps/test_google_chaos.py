"""The six on emulators of Google Cloud, while processes are killed or frozen, pushes go astray, and a disk is full."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from propcast.backends.state import deadletters
from propcast.core.sport import Sport
from tests.apps.mischief_on_google import PATIENT, Careless, Mischief
from tests.apps.six_on_google import Site, everywhere, fill, six_processes, until
from tests.chaos.plant import Volume
from tests.chaos.slates import content_of, kicks_of, make_template, open_now, undisturbed
from tests.emulators.bigquery import BigQueryEmulator
from tests.emulators.bigquery import bigquery_emulator as bigquery_emulator
from tests.emulators.firestore import firestore_address as firestore_address
from tests.emulators.gcs import make_bucket as make_bucket
from tests.emulators.gcs import storage_url as storage_url
from tests.emulators.pubsub import pubsub_emulator as pubsub_emulator

pytestmark = [pytest.mark.gcp, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("chaos") / "template"
    make_template(home)
    return home


@pytest.fixture(scope="module")
def site(
    template: Path,
    bigquery_emulator: BigQueryEmulator,
    firestore_address: str,
    storage_url: str,
    make_bucket: Callable[[], str],
    pubsub_emulator: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("six")
    more = everywhere(bigquery_emulator.site(), firestore_address, storage_url, make_bucket(), pubsub_emulator)
    fill(template, more, open_now(template).clock.now())
    with Volume(folder / "disk", megabytes=64) as disk:
        shutil.copytree(template, disk.folder / "home")
        surroundings = {**more, **PATIENT, "TMPDIR": str(disk.folder)}
        with six_processes(disk.folder / "home", folder, surroundings, Careless) as made:
            if not disk.why_not:
                disk.fill()
            yield made


@pytest.mark.proves("B1", "L26", "L27")
def test_slates_are_those_of_one_undisturbed_process(
    site: Site, template: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    kicks = [next(each for each in kicks_of(open_now(template)) if each.sport is sport) for sport in Sport]
    wanted = undisturbed(template, tmp_path / "one-process", kicks).slates
    with Mischief(site.plant, site.backends.state, random.Random(3)) as mischief:  # noqa: S311
        for kick in kicks:
            site.publish(kick.sport, kick.day, kick.as_of)
        for kick in kicks:
            site.shows(kick.sport, kick.day, wanted[kick])
        until(lambda: mischief.is_done, "done with mischief")
    until(site.plant.answers, "answering again")
    for kick in kicks:
        assert content_of(site.backends, kick.sport, kick.day) == wanted[kick]
    free = shutil.disk_usage(site.plant.home).free
    letters = deadletters.find(site.backends.state, limit=10)
    told = f"{mischief.kills.total()} kills, {len(mischief.thawed)} thawed without their leases, {free:,} bytes free"
    record_property("told", f"{told}; pushes {dict(Careless.faults)}; dead letters: {len(letters)}")
    assert Careless.faults.total() > 0
    assert not letters
