"""Counts what a slate costs in Firestore and Pub/Sub, on their emulators; run as `python -m benchmarks.messages`.

Six processes make one slate of each hand-written league, with state in Firestore, the bus on Pub/Sub, and tables and
objects on this machine. What passes on the wire is counted: documents read, written and deleted as the service bills
them, and messages with each of their pushes. What the six ask for while nothing happens is counted for itself.
"""

import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.cloud.firestore_v1 import types
from rich.console import Console
from rich.table import Table as Shown
from tests.apps.six_on_google import Site, places, six_processes, until
from tests.chaos.slates import content_of, kicks_of, make_template, open_now
from tests.emulators.firestore import running_firestore
from tests.emulators.firestore_faults import Between
from tests.emulators.pubsub import running_pubsub

from propcast.backends.google.places import FIRESTORE, PUBSUB
from propcast.backends.google.prices import PRICES
from propcast.core.sport import Sport

IDLE_S, SETTLED_S = 180.0, 10.0
STARTED_S = 60.0
"""After a start there is something to do: the scheduler asks for what the day has missed."""
DAY_S = 86_400
READS, WRITES, DELETES, PUSHES = "reads", "writes", "deletes", "pushes"


class Counting(Between):
    """Passes everything on, and counts documents."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: Counter[str] = Counter()
        self._counting = threading.Lock()

    def answer(self, name: str, work: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        """Return a handler that counts what it asks for and what it gets."""

        def counted(request: bytes) -> Any:
            told = work(request)
            if name == "Commit":
                writes = types.CommitRequest.deserialize(request).writes
                deletes = sum("delete" in each for each in writes)
                self._add({WRITES: len(writes) - deletes, DELETES: deletes})
            elif name in ("BatchGetDocuments", "RunQuery"):
                told = list(told)
                self._add({READS: max(1, len(told))})  # an empty query is billed as one read
            return iter(told) if isinstance(told, list) else told

        return super().answer(name, counted)

    def _add(self, found: dict[str, int]) -> None:
        with self._counting:
            self.documents.update(found)


def main() -> None:
    """Let the six make both slates and print what each took."""
    with tempfile.TemporaryDirectory(prefix="propcast-messages-") as name:
        folder, between = Path(name), Counting()
        make_template(folder / "template")
        shutil.copytree(folder / "template", folder / "home")
        with (
            running_firestore(folder / "firestore.log") as emulator,
            between.before(emulator) as firestore,
            running_pubsub(folder / "pubsub.log") as pubsub,
        ):
            stores = {FIRESTORE: firestore, PUBSUB: pubsub, "PROPCAST_BACKEND_STATE": "gcp"}
            with six_processes(folder / "home", folder, {**places("messages", "none"), **stores}) as site:
                show(measured(site, between, folder / "template"))


def measured(site: Site, between: Counting, template: Path) -> dict[str, Counter[str]]:
    """Return the counts of each slate, and those of a day on which nothing happens."""

    def now() -> Counter[str]:
        return Counter({**between.documents, PUSHES: site.postman.carried.total()})

    time.sleep(STARTED_S)
    before = now()
    time.sleep(IDLE_S)
    idle = now() - before
    counts: dict[str, Counter[str]] = {}
    for sport in Sport:
        kick = next(each for each in kicks_of(open_now(template)) if each.sport is sport)
        before, began = now(), time.monotonic()
        site.publish(kick.sport, kick.day, kick.as_of)
        until(lambda kick=kick: content_of(site.backends, kick.sport, kick.day) is not None, "published")  # type: ignore[misc]
        time.sleep(SETTLED_S)
        took = time.monotonic() - began
        asked = Counter({name: round(n * took / IDLE_S) for name, n in idle.items()})
        counts[f"a slate of {sport}"] = now() - before - asked
    return {
        **counts,
        f"a day without any, by {IDLE_S:.0f} s of it": Counter(
            {name: round(n * DAY_S / IDLE_S) for name, n in idle.items()}
        ),
    }


def show(counts: dict[str, Counter[str]]) -> None:
    """Print documents, messages and their price."""
    shown = Shown(title="Firestore and Pub/Sub", title_justify="left", box=None, header_style="bold")
    for heading in ("", READS, WRITES, DELETES, PUSHES, "$"):
        shown.add_column(heading, justify="left" if not heading else "right")
    for name, found in counts.items():
        dollars = PRICES.documents(found[READS], found[WRITES], found[DELETES]) + PRICES.messages(found[PUSHES])
        shown.add_row(name, *(f"{found[each]:,}" for each in (READS, WRITES, DELETES, PUSHES)), f"{dollars:.4f}")
    console = Console(width=120)
    console.print(shown)
    console.print(f"List prices of {PRICES.read_on}, not read again here; free quotas are left out")


if __name__ == "__main__":
    main()
