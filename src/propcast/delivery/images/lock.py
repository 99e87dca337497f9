"""The lock beside what the sources ask for: what would be installed is what was asked for."""

import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from propcast.core.errors import InputError
from propcast.delivery.manifest.requirements import BASE, Requirements, parsed, requirements_of
from propcast.delivery.naming import normal

Key = tuple[str, str]
"""A distribution, with extras of its own, and the extra of ours that asks for it."""


def disagreements(checkout: Path) -> Iterator[str]:
    """Yield every requirement that the lock was not made for, and every one that it was and that is gone."""
    requirements = requirements_of(checkout)
    asked, locked = _asked(requirements), _locked(checkout, requirements.package)
    for name, extra in sorted(asked.keys() | locked.keys()):
        where = f" of extra `{extra}`" if extra else ""
        here, there = asked.get((name, extra)), locked.get((name, extra))
        if here != there:
            said = f"pyproject.toml asks for {_shown(here)}, uv.lock was made for {_shown(there)}"
            yield f"{name}{where}: {said}; run `uv lock`"


def lock_hash(checkout: Path) -> str:
    """Return the hash of the lock, for the label of an image."""
    return sha256((checkout / "uv.lock").read_bytes()).hexdigest()


def _shown(specifier: SpecifierSet | None) -> str:
    return "nothing" if specifier is None else str(specifier) or "any version"


def _asked(requirements: Requirements) -> dict[Key, SpecifierSet]:
    every = [(parsed(text), extra) for extra, texts in requirements.by_extra.items() for text in texts]
    return {(_name(each), extra): each.specifier for each, extra in every}


def _name(requirement: Requirement) -> str:
    return _with_extras(normal(requirement.name), requirement.extras)


def _with_extras(name: str, extras: object) -> str:
    inner = ",".join(sorted(map(str, extras))) if isinstance(extras, set | list) else ""
    return f"{name}[{inner}]" if inner else name


def _locked(checkout: Path, package: str) -> dict[Key, SpecifierSet]:
    told = tomllib.loads((checkout / "uv.lock").read_text(encoding="utf-8"))
    mine = next((each for each in told["package"] if each["name"] == normal(package)), None)
    if mine is None:
        raise InputError(f"uv.lock does not know {package}; run `uv lock`")
    return dict(_entry(each) for each in mine["metadata"]["requires-dist"])


def _entry(told: Mapping[str, Any]) -> tuple[Key, SpecifierSet]:
    _, _, extra = told.get("marker", "").partition("extra == ")
    return (_with_extras(told["name"], told.get("extras")), extra.strip("'") or BASE), SpecifierSet(
        told.get("specifier", "")
    )
