"""One kind of thing that an environment stands on: what is there of it, and how it is made, changed and removed."""

from collections.abc import Mapping
from typing import Protocol

from propcast.backends.json import Body
from propcast.core.errors import InputError

Things = Mapping[str, Body]
"""Settings by name; a binding has none, it is there or it is not."""


class CannotChange(InputError):
    """A thing differs in what can only be made anew, with the loss of what is in it; nothing was done."""


class Shelf(Protocol):
    """All things of one kind in one environment."""

    @property
    def kind(self) -> str:
        """What one of them is called."""
        ...

    @property
    def holds(self) -> str:
        """What is lost with one of them; empty for nothing."""
        ...

    def wanted(self) -> Things:
        """Return what the manifest declares."""
        ...

    def found(self) -> Things:
        """Return what is there, asked anew, also what nobody declared."""
        ...

    def make(self, name: str) -> None:
        """Make a thing that is declared."""
        ...

    def change(self, name: str) -> None:
        """Give a thing that is there the declared settings; `CannotChange` where that can't be done."""
        ...

    def remove(self, name: str) -> None:
        """Remove a thing that is there, with all that is in it."""
        ...
