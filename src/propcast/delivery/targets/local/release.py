"""A release on one machine: a folder with the package and, inside it, who it is."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from propcast.delivery.targets.port import Image, TargetRefused
from propcast.service.identity import BAKED

PACKAGE = "propcast"
SCHEME = "dir:"
_DIGEST = "image_digest"
_PREFIX = "sha256:"
_LEFT_OUT = ("__pycache__",)


@dataclass(frozen=True)
class Release:
    """A release that is what it says.

    Attributes:
        folder: what comes first on the path of a process that runs it.
        build: what it says of itself: `release`, `commit`, `service` where it is for one alone, `image_digest`.
    """

    folder: Path
    build: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The digest of everything in it."""
        return self.build[_DIGEST]

    @property
    def image(self) -> Image:
        """What it is called."""
        return Image(f"{SCHEME}{self.folder}", self.digest)

    def is_for(self, service: str) -> bool:
        """Whether it may run as that service."""
        return self.build.get("service", service) == service


def read(folder: Path) -> Release:
    """Return the release in a folder; `TargetRefused` when there is none, or it was changed after it was sealed."""
    try:
        build = json.loads((folder / PACKAGE / BAKED.name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise TargetRefused(f"{folder} is no release; make one with `propcast release pack --out {folder}`") from None
    digest = digest_of(folder, build)
    if build.get(_DIGEST) != digest:
        raise TargetRefused(f"{folder} was changed after it was packed: its digest is {digest}; pack it again")
    return Release(folder, build)


def seal(folder: Path, build: Mapping[str, str]) -> Release:
    """Write into a folder with the package who it is, its digest too."""
    digest = digest_of(folder, build)
    sealed = {**build, _DIGEST: digest}
    (folder / PACKAGE / BAKED.name).write_text(json.dumps(sealed, indent=1, sort_keys=True), encoding="utf-8")
    return Release(folder, sealed)


def find(reference: str) -> Release:
    """Return the release of `dir:/path` or `dir:/path@sha256:…`; `TargetRefused` for one that is not that."""
    path, _, digest = reference.removeprefix(SCHEME).partition("@")
    if not reference.startswith(SCHEME):
        raise TargetRefused(f"{reference} is no release on this machine; name its folder as {SCHEME}/path")
    found = read(Path(path).expanduser().absolute())
    if digest not in ("", found.digest):
        raise TargetRefused(f"{path} has the digest {found.digest}, not {digest}")
    return found


def digest_of(folder: Path, build: Mapping[str, str]) -> str:
    """Return the SHA-256 over names and contents in the order of names, and what the release says of itself."""
    whole = hashlib.sha256()
    for path in files_of(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    told = {name: value for name, value in build.items() if name != _DIGEST}
    whole.update(json.dumps(told, sort_keys=True).encode())
    return _PREFIX + whole.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """Return the files of a release in the order of their names, but for what it says of itself and compiled code."""
    mine = folder / PACKAGE / BAKED.name
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.is_symlink():
            raise TargetRefused(f"{path} is a link; a release has files alone")
        if path.is_file() and path != mine and not set(_LEFT_OUT) & set(path.parts):
            yield path
