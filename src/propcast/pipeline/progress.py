"""How long work tells whoever watches how far it is."""

from typing import Protocol


class Advance(Protocol):
    """Called with what is being done, how much is done, and how much there is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report progress; must be cheap."""
        ...


def silent(what: str, done: int, total: int) -> None:
    """Report to nobody."""
