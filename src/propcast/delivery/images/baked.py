"""What a service needs, as a file in its image: written from the sources when the image is built."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from propcast.delivery.images.data import data_of
from propcast.delivery.images.reach import HERE, Need, Place, Tree, reach_of
from propcast.service import catalogue
from propcast.service.catalogue import Entry

Needs = Callable[[], Sequence[Need] | None]
"""Returns what is needed; None while it is still being read."""
BAKED = Path("/etc/propcast/needs.json")
PATIENCE_S = 2.0
"""Half a second of work; a busy machine may need longer, and a check must answer within three."""


@dataclass(frozen=True)
class Baked:
    """What must be there.

    Attributes:
        data: files as (package, path in it).
        command: what the image runs.
    """

    needs: tuple[Need, ...]
    data: tuple[tuple[str, str], ...]
    command: tuple[str, ...]


def from_sources(entry: Entry, command: Sequence[str], tree: Tree = HERE) -> Baked:
    """Return what a service needs, as its sources say."""
    reached = reach_of(entry, tree)
    return Baked(reached.needs, tuple(data_of(tree, reached.own)), tuple(command))


def needs_of(entry: Entry, baked: Path = BAKED, patience_s: float = PATIENCE_S) -> Needs:
    """Return what gives a service's needs: from the image's file, or from the sources, read once when first asked."""
    if baked.exists():
        return cache(lambda: read(baked.read_text(encoding="utf-8")).needs)
    return lambda: _reading(entry.name).within(patience_s)


class Reading:
    """Something that takes its time to read; a thread of its own does it once, whoever asks waits as long as he may."""

    def __init__(self, read: Callable[[], Sequence[Need]]) -> None:
        self._read = read
        self._found: Sequence[Need] | None = None
        self._thread = threading.Thread(target=self._run, name="closure", daemon=True)
        self._thread.start()

    def within(self, seconds: float) -> Sequence[Need] | None:
        """Return what was read; None while it is not."""
        self._thread.join(seconds)
        return self._found

    def _run(self) -> None:
        self._found = self._read()


@cache
def _reading(service: str) -> Reading:
    """Return the one reading of this process."""
    return Reading(lambda: reach_of(catalogue.service(service)).needs)


def write(baked: Baked) -> str:
    """Return it as such a file."""
    return json.dumps(asdict(baked))


def read(text: str) -> Baked:
    """Return what such a file says."""
    told = json.loads(text)
    needs = tuple(Need(**{**need, "place": Place(**need["place"])}) for need in told["needs"])
    return Baked(needs, tuple((package, name) for package, name in told["data"]), tuple(told["command"]))
