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
