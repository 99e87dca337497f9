"""Everything that a service can come to import, whatever runs: a walk from its app over the syntax of our modules."""

import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from propcast.delivery.images.syntax import OWN, Import, imports_of
from propcast.service.catalogue import Entry

SERVER = "propcast.service.serving"
"""What an image runs; it imports the app by name."""


@dataclass(frozen=True)
class Place:
    """Where an import stands; line 0 is the whole file."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return it as editors and people write it."""
        return f"{self.file}:{self.line}" if self.line else self.file


ROOT = Place("deploy/propcast.toml", 0)
"""What asks for an app and its server."""


@dataclass(frozen=True)
class Need:
    """One import of something, and the first place that has it.

    Attributes:
        name: what is taken from the module; empty for the module itself.
        optional: the code says what it does without it.
    """

    module: str
    name: str
    place: Place
    optional: bool = False
    lazy: bool = False

    @property
    def full(self) -> str:
        """The module with the name that is taken from it: a module too, or something in one."""
        return f"{self.module}.{self.name}" if self.name and self.name != "*" else self.module


@dataclass(frozen=True)
class Tree:
    """Our modules as files; `root` is the folder that holds `propcast/`."""

    root: Path

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every module's file."""
        return {_module(file.relative_to(self.root)): file for file in sorted((self.root / OWN).rglob("*.py"))}

    def is_package(self, module: str) -> bool:
        """Return whether a module has modules in it."""
        return self.files[module].name == "__init__.py"

    def imports(self, module: str) -> list[Import]:
        """Return the imports of one module."""
        package = module if self.is_package(module) else module.rpartition(".")[0]
        return imports_of(self.files[module].read_text(encoding="utf-8"), package)

    def shown(self, module: str) -> str:
        """Return a module's file as it is called below the root."""
        name = self.files[module].relative_to(self.root).as_posix()
        return f"src/{name}" if self.root.name == "src" else name


HERE = Tree(Path(__file__).resolve().parents[3])
"""The modules that this process runs from."""


@dataclass(frozen=True)
class Reached:
    """What a walk has found.

    Attributes:
        own: our modules, in the order they were reached, each with the first import of it; roots have none.
        outside: imports of other distributions, the first of each.
        absent: imports of modules of ours that have no file.
    """

    own: dict[str, Place | None]
    outside: tuple[Need, ...]
    absent: tuple[Need, ...]

    @property
    def needs(self) -> tuple[Need, ...]:
        """Every module that must be there, ours among them."""
        mine = (Need(module, "", place or ROOT) for module, place in self.own.items())
        return (*mine, *self.absent, *self.outside)


def reach_of(entry: Entry, tree: Tree = HERE) -> Reached:
    """Return what a service reaches from its app and from the server that runs it."""
    return reach(tree, (SERVER, entry.app.partition(":")[0]))


def reach(tree: Tree, roots: Iterable[str]) -> Reached:
    """Return what is reached from some modules; the standard library is there and left out."""
    walk = _Walk(tree)
    for root in roots:
        walk.take(root, None)
    walk.on()
    return Reached(walk.own, tuple(walk.outside.values()), tuple(walk.absent.values()))


class _Walk:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.own: dict[str, Place | None] = {}
        self.outside: dict[tuple[str, str], Need] = {}
        self.absent: dict[str, Need] = {}
        self._waiting: deque[str] = deque()

    def take(self, module: str, place: Place | None) -> None:
        """Take a module of ours, and the packages that are imported on the way to it."""
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            if name in self.tree.files and name not in self.own:
                self.own[name] = place
                self._waiting.append(name)
        if module not in self.tree.files and name not in self.absent:
            self.absent[module] = Need(module, "", place or ROOT)

    def on(self) -> None:
        """Follow imports until nothing new comes."""
        while self._waiting:
            module = self._waiting.popleft()
            shown = self.tree.shown(module)
            for each in self.tree.imports(module):
                self._follow(each, Place(shown, each.line))

    def _follow(self, found: Import, place: Place) -> None:
        top = found.module.partition(".")[0]
        if top == OWN:
            self._follow_own(found, place)
        elif top not in sys.stdlib_module_names:
            need = Need(found.module, found.name, place, found.optional, found.lazy)
            known = self.outside.get((need.module, need.name))
            if known is None or (known.optional and not need.optional):
                self.outside[need.module, need.name] = need

    def _follow_own(self, found: Import, place: Place) -> None:
        full = f"{found.module}.{found.name}"
        if full in self.tree.files:
            self.take(full, place)
        elif not found.registered or found.module in self.tree.files:
            self.take(found.module, place)


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
