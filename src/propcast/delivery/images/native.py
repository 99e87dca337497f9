"""Shared libraries: what the machine's own loader says of the compiled files of a distribution."""

import os
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from glob import glob
from importlib.metadata import Distribution
from pathlib import Path

from propcast.core.errors import NotReady
from propcast.delivery.images.distributions import files_of

_LOADERS = ("/lib64/ld-linux-*.so.*", "/lib/ld-linux-*.so.*", "/lib/*/ld-linux-*.so.*", "/lib/ld-musl-*.so.1")
_LINE = re.compile(r"\s*(\S+) => (not found|/\S+)")
_LACKING = re.compile(r"(\S+): cannot open shared object file")
_EVERYWHERE = re.compile(r"lib(c|m|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+|z)\.so")
"""What every base image of the C library has."""


@dataclass(frozen=True)
class Library:
    """A shared library that a compiled file needs.

    Attributes:
        file: the compiled file, as its distribution calls it.
        found: where the loader finds it; empty where it does not.
    """

    name: str
    distribution: str
    file: str
    found: str = ""


def libraries_of(distributions: Iterable[tuple[str, Distribution]]) -> list[Library]:
    """Return the libraries that compiled files need and their distribution does not bring, each once for each."""
    compiled = {name: [path for path in files_of(each) if _is_compiled(path)] for name, each in distributions}
    loader, found = _loader(), list[Library]()
    with ThreadPoolExecutor(2) as pool:
        for name, paths in compiled.items():
            own = {path.name for path in paths}
            needed = dict[str, Library]()
            for path, told in zip(paths, pool.map(lambda path: _needed(loader, path), paths), strict=True):
                needed |= {each: Library(each, name, path.name, where) for each, where in told.items()}
            found += [needed[each] for each in sorted(needed.keys() - own) if _is_foreign(needed[each])]
    return found


def _is_foreign(library: Library) -> bool:
    return not library.found or not _EVERYWHERE.match(library.name)


def _is_compiled(path: Path) -> bool:
    return path.suffix == ".so" or ".so." in path.name


def _needed(loader: str, path: Path) -> dict[str, str]:
    """Return what the loader says: every library that would be loaded with a file, and where it is found."""
    told = subprocess.run(  # noqa: S603 - the machine's loader, which loads nothing when it is asked to list
        [loader, "--list", str(path)], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    found = {name: "" if where == "not found" else where for name, where in _LINE.findall(told.stdout)}
    return dict.fromkeys(_LACKING.findall(told.stderr), "") | found


def _loader() -> str:
    for pattern in _LOADERS:
        if found := sorted(glob(pattern)):  # noqa: PTH207 - an absolute pattern
            return found[0]
    raise NotReady("this machine has no loader of shared libraries that can be asked; check images on Linux")
