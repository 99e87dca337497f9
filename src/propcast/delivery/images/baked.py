"""What a service needs as a list in its image, written from the sources when the image is built."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from propcast.delivery.images.reach import Need, Place, reach_of
from propcast.service.catalogue import Entry

Needs = Callable[[], Sequence[Need]]
BAKED = Path("/etc/propcast/needs.json")


def needs_of(entry: Entry, baked: Path = BAKED) -> Needs:
    """Return what gives a service's needs, from the image's list or else from the sources, and remembers them."""
    return cache(lambda: read(baked.read_text(encoding="utf-8")) if baked.exists() else reach_of(entry).needs)


def write(needs: Sequence[Need]) -> str:
    """Return needs as such a list."""
    return json.dumps([asdict(need) for need in needs])


def read(text: str) -> tuple[Need, ...]:
    """Return the needs of such a list."""
    return tuple(Need(**{**told, "place": Place(**told["place"])}) for told in json.loads(text))
