"""What a service needs, as a file in its image: written from the sources when the image is built."""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from propcast.core.identity import short_hash
from propcast.delivery.images.data import data_of
from propcast.delivery.images.reach import HERE, Need, Place, Tree, reach_of
from propcast.delivery.images.syntax import OWN
from propcast.service import catalogue
from propcast.service.catalogue import Entry

Needs = Callable[[], Sequence[Need] | None]
"""Returns what is needed; None while it is still being read."""
BAKED = Path("/etc/propcast/needs.json")
_ONE_AT_A_TIME = threading.Lock()
"""Python 3.11 counts the depth of syntax trees for all threads together, and fails where two threads make one."""
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
    """Return what gives a service's needs: from the image's file, or from the sources, whose reading begins now."""
    if baked.exists():
        return cache(lambda: read(baked.read_text(encoding="utf-8")).needs)
    reading = _reading(entry.name)
    return lambda: reading.within(patience_s)


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
    return Reading(lambda: kept(catalogue.service(service)))


def kept(entry: Entry, tree: Tree = HERE) -> Sequence[Need]:
    """Return what a service needs as its sources say, and keep it beside their bytecode until one of them changes.

    Six processes that begin at once would each read all sources; only the first ones after a change do.
    """
    file, sources = tree.root / OWN / "__pycache__" / f"needs.{entry.name}.json", _fingerprint(tree)
    found = _recalled(file, sources)
    if found is None:
        with _ONE_AT_A_TIME:
            found = reach_of(entry, tree).needs
        if not sys.dont_write_bytecode:
            _keep(file, {"sources": sources, "needs": [asdict(need) for need in found]})
    return found


def _recalled(file: Path, sources: str) -> Sequence[Need] | None:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return _needs(told["needs"]) if told["sources"] == sources else None
    except (OSError, ValueError, KeyError, TypeError):  # never written, or not to its end
        return None


def _keep(file: Path, told: dict[str, Any]) -> None:
    """Write what was read; whoever may not write there reads the sources each time."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(told), encoding="utf-8")
        temporary.replace(file)


def _fingerprint(tree: Tree) -> str:
    """Return what changes when a source does, as bytecode tells it: by size and time of change."""
    told = ((name, file.stat()) for name, file in sorted(tree.files.items()))
    return short_hash(*(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in told))


def write(baked: Baked) -> str:
    """Return it as such a file."""
    return json.dumps(asdict(baked))


def read(text: str) -> Baked:
    """Return what such a file says."""
    told = json.loads(text)
    return Baked(
        _needs(told["needs"]), tuple((package, name) for package, name in told["data"]), tuple(told["command"])
    )


def _needs(told: Sequence[dict[str, Any]]) -> tuple[Need, ...]:
    return tuple(Need(**{**need, "place": Place(**need["place"])}) for need in told)
