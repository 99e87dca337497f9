"""Bad releases on purpose: copies of a release with a fault in their source, so that a rollout can be seen to catch it.

Nothing here reaches a release that somebody packs: a fault is lines at the end of one module of a copy, and the copy
says in its name which one it has.
"""

from pathlib import Path

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.targets.local.faults import FAULTS
from propcast.delivery.targets.local.release import PACKAGE, Release, seal
from propcast.delivery.targets.local.shelf import copy

_ENTRY = '\n\nif __name__ == "__main__":\n'


def plant(release: Release, fault: str, out: Path) -> Release:
    """Make a copy of a release with a fault; `InputError` for a fault that nobody knows."""
    if fault not in FAULTS:
        raise InputError(f"no fault is called {fault!r}{did_you_mean(fault, list(FAULTS))}")
    place = out / PACKAGE / FAULTS[fault].module
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; a release is made in a folder of its own")
    copy(release, out)
    place.write_text(_before_entry(place.read_text(encoding="utf-8"), FAULTS[fault].lines), encoding="utf-8")
    return seal(out, {**release.build, "release": f"{release.build['release']}-{fault}"})


def _before_entry(source: str, lines: str) -> str:
    """Return a module with lines at its end, but before what runs it as a program."""
    body, entry, call = source.rpartition(_ENTRY)
    return f"{body}{lines}{entry}{call}" if entry else f"{source}{lines}"
