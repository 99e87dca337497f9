"""What `pyproject.toml` declares: the requirements of the package, and what each extra adds."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.naming import normal

BASE = ""
"""The name of what everybody gets."""


@dataclass(frozen=True)
class Requirements:
    """The requirements of the package, as text, by extra."""

    package: str
    by_extra: Mapping[str, tuple[str, ...]]

    @property
    def extras(self) -> list[str]:
        """The names of all extras."""
        return [extra for extra in self.by_extra if extra != BASE]

    def wanted(self, extras: Iterable[str]) -> dict[tuple[str, frozenset[str]], str]:
        """Return what some extras ask for, distributions with extras of their own, each with who names it first."""
        found = dict[tuple[str, frozenset[str]], str]()
        for extra in (BASE, *extras):
            for name, inner in self._of(extra):
                own = name == normal(self.package)
                found = {**(self.wanted(inner) if own else {(name, inner): extra}), **found}
        return found

    def declared(self, extras: Iterable[str]) -> dict[str, str]:
        """Return the distributions that some extras declare, each with the extra that names it first."""
        return {name: extra for (name, _), extra in self.wanted(extras).items()}

    def named_by(self, distribution: str) -> list[str]:
        """Return the extras that declare a distribution themselves."""
        return [extra for extra in self.by_extra if normal(distribution) in dict(self._of(extra))]

    def _of(self, extra: str) -> list[tuple[str, frozenset[str]]]:
        if extra not in self.by_extra:
            raise InputError(f"pyproject.toml has no extra {extra!r}{did_you_mean(extra, self.extras)}")
        found = map(parsed, self.by_extra[extra])
        return [(normal(requirement.name), frozenset(requirement.extras)) for requirement in found]


def requirements_of(checkout: Path) -> Requirements:
    """Read the requirements of a checkout."""
    told = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: tuple(each) for name, each in told.get("optional-dependencies", {}).items()}
    return Requirements(told["name"], {BASE: tuple(told["dependencies"]), **extras})


def parsed(requirement: str) -> Requirement:
    """Return a requirement; `InputError` for what is none."""
    try:
        return Requirement(requirement)
    except InvalidRequirement as error:
        raise InputError(f"{requirement!r} in pyproject.toml is no requirement: {error}") from error
