"""What is wrong with a closure: imports of what is not there, not declared, or not meant for the service."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from propcast.delivery.images.distributions import Installed
from propcast.delivery.images.reach import Need, Reached
from propcast.delivery.manifest.requirements import BASE, Requirements
from propcast.delivery.naming import normal
from propcast.service.catalogue import Entry

MODEL_LIBRARIES = ("catboost", "lightgbm", "onnxruntime", "scikit-learn", "torch", "xgboost", "xgboost-cpu")
"""What an image without models does without."""

_VERSION = re.compile(r"_v\d\w*$")


@dataclass(frozen=True)
class Violation:
    """Something that the image would lack, or should not have.

    Attributes:
        distribution: who has the module, where somebody has.
        told: what is wrong, with the place and the line to add.
    """

    module: str
    distribution: str
    place: str
    told: str


@dataclass(frozen=True)
class Asked:
    """The service, and the extras that its image is made with."""

    entry: Entry
    extras: tuple[str, ...]


def objections(asked: Asked, reached: Reached, requirements: Requirements, installed: Installed) -> Iterator[Violation]:
    """Yield every one; the same module may be named from several places only once."""
    declared = requirements.declared(asked.extras)
    has_models = "models" in asked.entry.groups
    for need in reached.absent:
        yield _violation(need, "", "which is not among the sources; put it back, or drop the import")
    for need in reached.outside:
        owner = installed.owner(need.module, need.name)
        if owner is None:
            line = _line(f'"{likely(need.module, need.name)}", or what has it,', asked)
            yield _violation(need, "", f"which no installed distribution has; {line}")
        elif owner not in declared:
            yield _violation(need, owner, f"which {owner} has and nothing declares; {_add(owner, asked, requirements)}")
        elif owner in MODEL_LIBRARIES and not has_models:
            told = f"a model library, and {asked.entry.name} has no models; keep it out of what this service reaches"
            yield _violation(need, owner, told)


def likely(module: str, name: str = "") -> str:
    """Return what the distribution of a module is most likely called, where none is there to tell."""
    first, *rest = [*module.split("."), *([name] if name else [])]
    if first == "google" and rest[:1] == ["cloud"] and len(rest) > 1:
        return normal(f"google-cloud-{_VERSION.sub('', rest[1])}")
    return normal(first)


def _violation(need: Need, distribution: str, told: str) -> Violation:
    return Violation(need.full, distribution, str(need.place), f"{need.place} imports {need.full}, {told}")


def _add(distribution: str, asked: Asked, requirements: Requirements) -> str:
    """Return the line to add: to an extra of the service, or the extra that has it already to the service."""
    others = [extra for extra in requirements.named_by(distribution) if extra not in (BASE, *asked.extras)]
    line = _line(f'"{distribution}"', asked)
    return (
        f'{line}; or "{others[0]}", which has it, to `extras` of {asked.entry.name} in deploy/propcast.toml'
        if others
        else line
    )


def _line(what: str, asked: Asked) -> str:
    extras = " or ".join(f"`{extra}`" for extra in asked.extras)
    return f"add {what} to {extras or '`dependencies`'} of {asked.entry.name} in pyproject.toml, then `uv lock`"
