"""The distributions of an environment: which one owns a module, and what another one brings along."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import Distribution, distributions
from pathlib import Path

from propcast.delivery.naming import normal

_SUFFIXES = (".py", *sorted(EXTENSION_SUFFIXES, key=len, reverse=True))


@dataclass(frozen=True)
class Installed:
    """The distributions on a search path (default: this process's); an editable one owns no modules."""

    search: Sequence[str] | None = None

    @cached_property
    def by_name(self) -> dict[str, Distribution]:
        """Every distribution by its normalised name; of two on the path, the first."""
        found = distributions(path=list(self.search if self.search is not None else sys.path))
        return {normal(each.metadata["Name"]): each for each in reversed(list(found))}

    @cached_property
    def owners(self) -> dict[str, str]:
        """The distribution of every module that has a file."""
        return {module: name for name, each in self.by_name.items() for module in modules_of(each)}

    def owner(self, module: str, name: str = "") -> str | None:
        """Return the distribution of what is taken from a module, where that is a module itself, or else of the module.

        Packages shared by several distributions, such as `google.cloud`, belong to nobody: what is in them does.
        """
        return self.owners.get(f"{module}.{name}") or self.owners.get(module)

    def brought_by(self, wanted: Iterable[tuple[str, frozenset[str]]]) -> dict[str, str]:
        """Return all distributions that come with some (name, extras), each with who asks for it.

        Those that are asked for and not installed come too.
        """
        waiting = list(wanted)
        found, seen = dict.fromkeys((name for name, _ in waiting), ""), set(waiting)
        while waiting:
            name, extras = waiting.pop()
            for needed in self._required(name, extras):
                found.setdefault(needed[0], name)
                if needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
        return found

    def _required(self, name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
        from packaging.requirements import Requirement  # an image has it not, and asks only for owners and files

        each = self.by_name.get(name)
        for told in (each.requires or []) if each else []:
            requirement = Requirement(told)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                yield normal(requirement.name), frozenset(requirement.extras)


def modules_of(distribution: Distribution) -> Iterator[str]:
    """Yield the dotted names of a distribution's modules, packages without code of their own left out."""
    for file in distribution.files or []:
        suffix = next((suffix for suffix in _SUFFIXES if file.name.endswith(suffix)), None)
        if suffix is None or ".." in file.parts:
            continue
        parts = [*file.parts[:-1], file.name.removesuffix(suffix)]
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def size_of(distribution: Distribution) -> int:
    """Return the bytes of a distribution's files."""
    return sum(path.stat().st_size for path in files_of(distribution))


def files_of(distribution: Distribution) -> list[Path]:
    """Return those of a distribution's files that are there."""
    located = (Path(str(distribution.locate_file(file))) for file in distribution.files or [])
    return [path for path in located if path.is_file()]
