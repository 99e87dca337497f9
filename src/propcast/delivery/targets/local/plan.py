"""What shall run on this machine, in a file: read when the agent starts, written before it does anything."""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from propcast.delivery.targets.port import Revision
from propcast.delivery.targets.weights import WHOLE, placeholder_of

PLACEHOLDER = "placeholder"
"""What the router calls itself where it answers because no release has traffic."""
SLOTS = 12
"""Room for the revisions of a rollout and for those that are kept from before."""


class Slot(BaseModel):
    """A place for one revision behind the router of a service.

    Attributes:
        number: which place it is.
        folder: the release that runs.
        port: where its process listens.
        env: the variables that were asked for.
        config_hash: what the process said of its configuration; empty until it has proven who it is.
        retiring: it is on its way out and counts as gone.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    name: str
    tag: str
    digest: str
    folder: Path
    port: int
    env: dict[str, str]
    created_at: datetime
    config_hash: str = ""
    retiring: bool = False

    @property
    def label(self) -> str:
        """What the router calls the place."""
        return label_of(self.number)

    def same_content(self, other: "Slot") -> bool:
        """Whether the two are one revision."""
        return (self.name, self.digest, self.env) == (other.name, other.digest, other.env)


class Service(BaseModel):
    """One service: its router and its revisions, oldest first.

    Attributes:
        port: where everybody asks.
        alive_port: where the router shows that it lives.
        tag_ports: the address of each place.
        shares: percents by label.
        has_placeholder: the router itself can have the traffic, until that is retired.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    port: int
    alive_port: int
    tag_ports: tuple[int, ...]
    created_at: datetime
    slots: tuple[Slot, ...] = ()
    shares: dict[str, int] = {PLACEHOLDER: WHOLE}
    has_placeholder: bool = True

    @property
    def present(self) -> list[Slot]:
        """The revisions that there are."""
        return [slot for slot in self.slots if not slot.retiring]

    @property
    def names(self) -> list[str]:
        """What `revisions` names."""
        return [*([placeholder_of(self.name)] if self.has_placeholder else []), *(slot.name for slot in self.present)]

    @property
    def labels(self) -> dict[str, str]:
        """What the router calls each of those that may have traffic, by name."""
        own = {placeholder_of(self.name): PLACEHOLDER} if self.has_placeholder else {}
        return own | {slot.name: slot.label for slot in self.present if slot.config_hash}

    def slot(self, name: str) -> Slot | None:
        """Return the place of a revision."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def with_slot(self, slot: Slot) -> Self:
        """Return the service with a slot in place of the one of that revision, or behind all others; its tag is its."""
        free = [_untagged(each, slot.tag) for each in self.slots]
        there = [slot if each.name == slot.name else each for each in free]
        return self.model_copy(update={"slots": tuple(there if self.slot(slot.name) else [*there, slot])})

    def without(self, name: str) -> Self:
        """Return the service without a revision."""
        return self.model_copy(update={"slots": tuple(slot for slot in self.slots if slot.name != name)})

    def free_number(self) -> int | None:
        """Return a place that nobody has; None when all are taken."""
        taken = {slot.number for slot in self.slots}
        return next((number for number in range(len(self.tag_ports)) if number not in taken), None)

    @property
    def revisions(self) -> list[Revision]:
        """The revisions as the port has them."""
        own = Revision(self.name, placeholder_of(self.name), "", "", "none", "", self.created_at)
        return [*([own] if self.has_placeholder else []), *(self._revision(slot) for slot in self.present)]

    def _revision(self, slot: Slot) -> Revision:
        url = f"http://127.0.0.1:{self.tag_ports[slot.number]}" if slot.tag else ""
        return Revision(self.name, slot.name, slot.tag, url, slot.digest, slot.config_hash, slot.created_at)


class Plan(BaseModel):
    """Every service of a home."""

    model_config = ConfigDict(frozen=True)

    services: dict[str, Service] = {}

    def with_service(self, service: Service) -> Self:
        """Return the plan with a service as it is now."""
        return self.model_copy(update={"services": {**self.services, service.name: service}})


def label_of(number: int) -> str:
    """Return what the router calls a place."""
    return f"slot{number}"


def load(path: Path) -> Plan:
    """Return the plan; an empty one where none was written."""
    try:
        return Plan.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Plan()


def save(path: Path, plan: Plan) -> None:
    """Write the plan whole, or not at all."""
    replace_file(path, plan.model_dump_json(indent=1))


def replace_file(path: Path, text: str) -> None:
    """Write a file so that whoever reads it finds the old or the new."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _untagged(slot: Slot, tag: str) -> Slot:
    return slot.model_copy(update={"tag": ""}) if tag and slot.tag == tag else slot
