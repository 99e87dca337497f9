"""Places for state stores; light to import, because each process of a test imports it anew."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from propcast.backends.state.port import State
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import Clock


class StateSite(Protocol):
    """A place for one empty state store; can be sent to another process and opened there."""

    def open(self, clock: Clock) -> State:
        """Return a new handle on the same documents, whose time is the given clock."""
        ...


@dataclass(frozen=True)
class SqliteSite:
    """A file."""

    path: Path

    def open(self, clock: Clock) -> State:
        return SqliteState(self.path, clock)


@dataclass(frozen=True)
class FirestoreSite:
    """Collections of a name of their own in an emulator."""

    address: str
    prefix: str

    def open(self, clock: Clock) -> State:
        # Not imported where only files are tested: each process of a test imports this module anew.
        from propcast.backends.google.patience import Patience
        from propcast.backends.state.firestore.opening import state_at

        # The emulator lets everybody wait who meets a transaction that reads: 2 s each time, 60 s for one that died.
        patience = Patience(budget_s=240, first_s=1.0, longest_s=4.0)
        return state_at("propcast", self.prefix, self.address, clock, patience)
