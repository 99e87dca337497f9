"""The gate of known vulnerabilities: what a database says of an image's distributions, and what is waived how long."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from propcast.core.errors import StoreUnavailable
from propcast.delivery.images.closure import Part
from propcast.delivery.manifest.model import Waiver

Verdict = Literal["pass", "fail", "inconclusive"]
Database = Callable[[Sequence[Part]], Mapping[str, Sequence[str]]]
"""Returns the ids of the known vulnerabilities of each distribution that has any, by its name.

Raises `StoreUnavailable` when it cannot say.
"""
UNREACHABLE = "database-unreachable"
"""What a waiver names that lets an image pass by while the database is out of reach."""


@dataclass(frozen=True)
class Vulnerability:
    """One known vulnerability of what is in an image; `waived_until` is None where nobody answers for it."""

    id: str
    distribution: str
    version: str
    waived_until: date | None = None


@dataclass(frozen=True)
class Audit:
    """What became of looking an image up; out of reach is inconclusive, never a pass.

    Attributes:
        asked: how many distributions were looked up.
        found: all of them, waived ones too.
        why: the reason of a verdict that is no pass.
        may_ship: whether the image may be deployed: everything is known and waived where need be.
    """

    service: str
    on: date
    verdict: Verdict
    asked: int
    found: tuple[Vulnerability, ...]
    why: str
    may_ship: bool


def audit(service: str, parts: Sequence[Part], database: Database, waivers: Sequence[Waiver], today: date) -> Audit:
    """Look every distribution up; a waiver counts through its last day and not after it."""
    in_force = {waiver.id: waiver.until for waiver in waivers if waiver.until >= today}
    try:
        known = database(parts)
    except StoreUnavailable as error:
        until = in_force.get(UNREACHABLE)
        why = f"{error}; {_waived(until)}"
        return Audit(service, today, "inconclusive", len(parts), (), why, may_ship=until is not None)
    versions = {part.name: part.version for part in parts}
    found = tuple(
        Vulnerability(each, name, versions[name], in_force.get(each))
        for name in sorted(known)
        for each in sorted(known[name])
    )
    open_ = [each for each in found if each.waived_until is None]
    why = ", ".join(f"{each.id} in {each.distribution} {each.version}" for each in open_)
    return Audit(service, today, "fail" if open_ else "pass", len(parts), found, why, may_ship=not open_)


def _waived(until: date | None) -> str:
    if until:
        return f"waived until {until}"
    return f"a dated waiver of {UNREACHABLE!r} in the manifest would let it pass by"
