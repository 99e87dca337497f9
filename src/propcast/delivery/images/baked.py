"""What a service needs, as a file in its image: written from the sources when the image is built."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from propcast.delivery.images.data import data_of
from propcast.delivery.images.reach import HERE, Need, Place, Tree, reach_of
from propcast.service.catalogue import Entry

Needs = Callable[[], Sequence[Need]]
BAKED = Path("/etc/propcast/needs.json")


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


def needs_of(entry: Entry, baked: Path = BAKED) -> Needs:
    """Return what gives a service's needs, from the image's file or else from the sources, and remembers them."""
    return cache(lambda: read(baked.read_text(encoding="utf-8")).needs if baked.exists() else reach_of(entry).needs)


def write(baked: Baked) -> str:
    """Return it as such a file."""
    return json.dumps(asdict(baked))


def read(text: str) -> Baked:
    """Return what such a file says."""
    told = json.loads(text)
    needs = tuple(Need(**{**need, "place": Place(**need["place"])}) for need in told["needs"])
    return Baked(needs, tuple((package, name) for package, name in told["data"]), tuple(told["command"]))
