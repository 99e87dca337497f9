"""What happens to processes, as data: shown to people, written to the log, kept in the record."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happened."""

    HELD_UP = "held_up"
    STARTING = "starting"
    UP = "up"
    READY = "ready"
    NOT_READY = "not_ready"
    SILENT = "silent"
    ENDED = "ended"
    WAITING = "waiting"
    GAVE_UP = "gave_up"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ALL_STARTED = "all_started"
    ALL_STOPPED = "all_stopped"

    @property
    def is_bad(self) -> bool:
        """Whether somebody may want to look."""
        return self in (Kind.HELD_UP, Kind.NOT_READY, Kind.SILENT, Kind.ENDED, Kind.GAVE_UP)


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        process: the name of the process; empty for the whole.
        duration_ms: since its start, for what has a start.
        pid: the process that it happened to.
        note: one sentence, where there is something to say.
    """

    kind: Kind
    process: str = ""
    duration_ms: float | None = None
    pid: int | None = None
    note: str = ""


Tell = Callable[[Event], None]
