"""The port of whatever holds monitoring objects, and what differs between what it holds and what it shall."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from propcast.core.errors import PropCastError


class MonitoringRefused(PropCastError):
    """The target did not take an object, or does not say what it holds; the message says why."""


@dataclass(frozen=True)
class Placed:
    """An object as the target holds it; `ours` is False for one that somebody made by hand."""

    body: str
    ours: bool


@runtime_checkable
class MonitoringTarget(Protocol):
    """Holds objects by name; every call may be made again."""

    def placed(self) -> Mapping[str, Placed]:
        """Return everything that is there, asked anew."""
        ...

    def agrees(self, wanted: str, found: str) -> bool:
        """Return whether a body that is there is the one that shall be."""
        ...

    def put(self, name: str, body: str) -> None:
        """Make an object, or replace the one of that name, whole."""
        ...

    def delete(self, name: str) -> None:
        """Remove an object; one that is gone is fine."""
        ...

    def done(self) -> None:
        """Let everything that was put take effect."""
        ...


@dataclass(frozen=True)
class Difference:
    """What differs, by name.

    Attributes:
        missing: declared and not there.
        changed: there, and not as declared.
        left: ours, and no longer declared.
        unknown: made by hand; nobody but a person removes it.
    """

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    same: int = field(default=0, compare=False)

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.left or self.unknown)


def difference(target: MonitoringTarget, wanted: Mapping[str, str]) -> Difference:
    """Return what differs between what shall be and what the target holds now."""
    placed = target.placed()
    there = [name for name in wanted if name in placed]
    changed = sorted(name for name in there if not target.agrees(wanted[name], placed[name].body))
    strangers = sorted(placed.keys() - wanted.keys())
    return Difference(
        missing=tuple(sorted(wanted.keys() - placed.keys())),
        changed=tuple(changed),
        left=tuple(name for name in strangers if placed[name].ours),
        unknown=tuple(name for name in strangers if not placed[name].ours),
        same=len(there) - len(changed),
    )


def apply(target: MonitoringTarget, wanted: Mapping[str, str]) -> Difference:
    """Make what is there what shall be, and return what that changed; what was made by hand stays."""
    found = difference(target, wanted)
    for name in (*found.missing, *found.changed):
        target.put(name, wanted[name])
    for name in found.left:
        target.delete(name)
    target.done()
    return found
