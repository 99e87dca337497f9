"""The six on emulators of Google Cloud, while processes are killed and pushes are lost, doubled, or not answered."""

import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from google.pubsub_v1 import types

from propcast.backends.state import deadletters
from propcast.core.sport import Sport
from tests.apps.six_on_google import Site, everywhere, fill, six_processes, until
from tests.chaos.plant import Plant
from tests.chaos.slates import content_of, kicks_of, make_template, open_now, undisturbed
from tests.emulators.bigquery import BigQueryEmulator
from tests.emulators.bigquery import bigquery_emulator as bigquery_emulator
from tests.emulators.firestore import firestore_address as firestore_address
from tests.emulators.gcs import make_bucket as make_bucket
from tests.emulators.gcs import storage_url as storage_url
from tests.emulators.postman import Postman
from tests.emulators.pubsub import pubsub_emulator as pubsub_emulator

pytestmark = [pytest.mark.gcp, pytest.mark.timeout(2400)]

KILLS, BETWEEN_S = 8, (4.0, 10.0)
SHARE = 0.08
"""So many pushes are lost, so many come twice, and of so many the answer is lost."""


class Careless(Postman):
    """Loses pushes, carries others twice, and forgets what was answered."""

    rng: ClassVar = random.Random(5)  # noqa: S311
    faults: ClassVar[Counter[str]] = Counter()

    def _post(self, url: str, body: bytes, found: types.Subscription) -> int:
        dice = self.rng.random()
        if dice < SHARE:
            self.faults["lost"] += 1
            return 503
        status = super()._post(url, body, found)
        if dice < 2 * SHARE:
            self.faults["doubled"] += 1
            return super()._post(url, body, found)
        if dice < 3 * SHARE:
            self.faults["not answered"] += 1
            return 503
        return status


@contextmanager
def killing(plant: Plant, rng: random.Random) -> Iterator[Counter[str]]:
    """Kill services, one after the other, until there were `KILLS` or the block is done."""
    kills, over = Counter[str](), threading.Event()

    def rage() -> None:
        while kills.total() < KILLS and not over.wait(rng.uniform(*BETWEEN_S)):
            kept = {name: each for name, each in plant.processes().items() if name in plant.services}
            if kept:
                name = rng.choice(sorted(kept))
                process = kept[name].process
                kills[name] += process is not None and process.signal(signal.SIGKILL)

    thread = threading.Thread(target=rage, name="killing")
    thread.start()
    try:
        yield kills
    finally:
        over.set()
        thread.join()


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
    shutil.copytree(template, folder / "home")
    more = everywhere(bigquery_emulator.site(), firestore_address, storage_url, make_bucket(), pubsub_emulator)
    fill(template, more, open_now(template).clock.now())
    with six_processes(folder / "home", folder, more, Careless) as made:
        yield made


@pytest.mark.proves("B1", "L26", "L27")
def test_slates_are_those_of_one_undisturbed_process(
    site: Site, template: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    kicks = [next(each for each in kicks_of(open_now(template)) if each.sport is sport) for sport in Sport]
    wanted = undisturbed(template, tmp_path / "one-process", kicks).slates
    with killing(site.plant, random.Random(3)) as kills:  # noqa: S311
        for kick in kicks:
            site.publish(kick.sport, kick.day, kick.as_of)
        for kick in kicks:
            site.shows(kick.sport, kick.day, wanted[kick])
        until(lambda: kills.total() == KILLS, "done with killing")
    until(site.plant.answers, "answering again")
    for kick in kicks:
        assert content_of(site.backends, kick.sport, kick.day) == wanted[kick]
    told = f"{kills.total()} kills, pushes {dict(Careless.faults)}"
    record_property("told", f"{told}; dead letters: {len(deadletters.find(site.backends.state, limit=10))}")
    assert Careless.faults.total() > 0
