"""A checkout of the sources: what an image is made from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.images.baked import Baked, from_sources
from propcast.delivery.images.closure import Closure, Surveyor
from propcast.delivery.images.distributions import Installed
from propcast.delivery.images.reach import Tree
from propcast.delivery.manifest.model import Manifest
from propcast.delivery.manifest.reading import read
from propcast.delivery.manifest.requirements import requirements_of
from propcast.service import catalogue


@dataclass(frozen=True)
class Checkout:
    """A folder with the sources, what they declare and the lock."""

    folder: Path

    @cached_property
    def manifest(self) -> Manifest:
        """What is declared of its services."""
        return read(self.folder / "deploy" / "propcast.toml")

    @property
    def tree(self) -> Tree:
        """Its modules."""
        return Tree(self.folder.resolve() / "src")

    def extras(self, service: str) -> tuple[str, ...]:
        """Return the extras that a service's image is made with."""
        name = catalogue.service(service).name
        if name not in self.manifest.services:
            raise InputError(f"the manifest has no {name}{did_you_mean(name, list(self.manifest.services))}")
        return self.manifest.services[name].extras

    def needs(self, service: str) -> Baked:
        """Return what must be in the image of a service, as the sources say."""
        name = catalogue.service(service).name
        return from_sources(catalogue.service(name), self.manifest.services[name].command, self.tree)

    def closure(self, service: str, installed: Installed | None = None) -> Closure:
        """Return the closure of a service, its distributions taken from an environment (default: this process's)."""
        surveyor = Surveyor(self.tree, requirements_of(self.folder), installed or Installed())
        return surveyor.closure(catalogue.service(service), self.extras(service))
