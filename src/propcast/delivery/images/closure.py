"""What the image of a service holds, and what of it nobody declared."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from propcast.delivery.images.data import data_of
from propcast.delivery.images.distributions import Installed, size_of
from propcast.delivery.images.native import Library, libraries_of
from propcast.delivery.images.objections import Asked, Violation, objections
from propcast.delivery.images.reach import Reached, Tree, reach_of
from propcast.delivery.manifest.requirements import Requirements
from propcast.service.catalogue import Entry


@dataclass(frozen=True)
class Part:
    """One distribution of an image; `because` is the extra that declares it, or the distribution that brings it."""

    name: str
    version: str
    size: int
    because: str


@dataclass(frozen=True)
class Closure:
    """Everything that a service reaches.

    Attributes:
        own: our modules.
        outside: the modules of others that they import.
        unused: distributions that are declared and never imported by us; others may load them by name.
        hash: the same for the same sources and the same versions.
    """

    service: str
    extras: tuple[str, ...]
    own: tuple[str, ...]
    outside: tuple[str, ...]
    distributions: tuple[Part, ...]
    unused: tuple[str, ...]
    native: tuple[Library, ...]
    data: tuple[str, ...]
    violations: tuple[Violation, ...]
    hash: str

    @property
    def size(self) -> int:
        """The bytes of all distributions."""
        return sum(part.size for part in self.distributions)


@dataclass(frozen=True)
class Surveyor:
    """What a closure is taken of: our sources, what they declare, and the environment that has the distributions."""

    tree: Tree
    requirements: Requirements
    installed: Installed

    def closure(self, entry: Entry, extras: Sequence[str]) -> Closure:
        """Return everything that a service reaches, with all that is wrong with it."""
        reached = reach_of(entry, self.tree)
        declared = self.requirements.declared(extras)
        parts = self.parts(extras)
        there = [(part.name, self.installed.by_name[part.name]) for part in parts if part.version]
        owners = {self.installed.owner(need.module, need.name) for need in reached.outside}
        data = data_of(self.tree, reached.own)
        return Closure(
            service=entry.name,
            extras=tuple(extras),
            own=tuple(reached.own),
            outside=tuple(sorted({need.module for need in reached.outside})),
            distributions=tuple(parts),
            unused=tuple(sorted(declared.keys() - owners)),
            native=tuple(libraries_of(there)),
            data=tuple(f"{package}: {name}" for package, name in data),
            violations=tuple(objections(Asked(entry, tuple(extras)), reached, self.requirements, self.installed)),
            hash=_hash(self.tree, reached, data, parts),
        )

    def parts(self, extras: Sequence[str]) -> list[Part]:
        """Return every distribution that comes with some extras."""
        wanted, declared = self.requirements.wanted(extras), self.requirements.declared(extras)
        brought = self.installed.brought_by(wanted)
        return [self._part(name, declared.get(name, because) or "base") for name, because in sorted(brought.items())]

    def _part(self, name: str, because: str) -> Part:
        each = self.installed.by_name.get(name)
        return Part(name, each.version if each else "", size_of(each) if each else 0, because)


def _hash(tree: Tree, reached: Reached, data: Sequence[tuple[str, str]], parts: Sequence[Part]) -> str:
    digest = hashlib.sha256()
    for module in sorted(reached.own):
        digest.update(f"{module}\n".encode() + tree.files[module].read_bytes())
    for package, name in data:
        digest.update(f"{package} {name}\n".encode() + (tree.files[package].parent / name).read_bytes())
    digest.update("\n".join(f"{part.name}=={part.version}" for part in parts).encode())
    return digest.hexdigest()
