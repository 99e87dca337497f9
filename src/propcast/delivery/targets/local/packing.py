"""Makes a release of a checkout."""

import shutil
import subprocess
from pathlib import Path

from propcast.core.errors import InputError
from propcast.delivery.images.building import commit_of, version_of
from propcast.delivery.targets.local.release import PACKAGE, Release, seal
from propcast.service import catalogue

_SOURCES = Path("src") / PACKAGE
_DIRTY = "-dirty"


def pack(checkout: Path, out: Path, *, service: str = "", release: str = "", dirty: bool = False) -> Release:
    """Copy the package of a checkout and write beside it who it is; for every service unless one is named.

    `InputError` when `out` is not empty, or the checkout is not its commit and that is not allowed.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; a release is made in a folder of its own")
    commit = commit_of(checkout)
    if commit.endswith(_DIRTY) and not dirty:
        raise InputError(f"{checkout} has changes that are in no commit; commit them, or say --dirty to pack them too")
    for name in _files(checkout):
        there = out / PACKAGE / Path(name).relative_to(_SOURCES)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(checkout / name, there)
    build = {"release": release or version_of(checkout), "commit": commit}
    return seal(out.absolute(), build | ({"service": catalogue.service(service).name} if service else {}))


def _files(checkout: Path) -> list[str]:
    """Return the files of the package that git knows of, or would."""
    words = [
        "git",
        "-C",
        str(checkout),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        str(_SOURCES),
    ]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603 - a fixed command
    return [name for name in done.stdout.split("\0") if name and (checkout / name).is_file()]
