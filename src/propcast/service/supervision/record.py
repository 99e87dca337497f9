"""What runs in a home, for other commands to read: written at every change, by the supervisor alone."""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from propcast.core.clock import Clock
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.processes import ProcessId, process_id
from propcast.service.supervision.program import Program

_STATES = {
    Kind.STARTING: "starting", Kind.UP: "up", Kind.READY: "ready", Kind.NOT_READY: "not ready", Kind.SILENT: "silent",
    Kind.ENDED: "ended", Kind.WAITING: "waiting", Kind.GAVE_UP: "given up", Kind.STOPPING: "stopping",
    Kind.STOPPED: "stopped",
}  # fmt: skip


class Kept(BaseModel):
    """One process.

    Attributes:
        state: a word for people.
        since: when the state began.
        born: tells the process from another one that got its number.
        restarts: how often it was started again.
        ready_ms: from the latest start to ready.
        note: what there is to say about the latest crash.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    address: str
    state: str = "waiting"
    since: datetime
    pid: int | None = None
    born: str = ""
    starts: int = 0
    ready_ms: float | None = None
    note: str = ""

    @property
    def process(self) -> ProcessId | None:
        """The process; None when none runs."""
        return ProcessId(self.pid, self.born) if self.pid is not None else None

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(0, self.starts - 1)


class Record(BaseModel):
    """The supervisor of a home and what it keeps."""

    model_config = ConfigDict(frozen=True)

    pid: int
    born: str
    since: datetime
    processes: tuple[Kept, ...]

    @property
    def supervisor(self) -> ProcessId:
        """The process of the supervisor."""
        return ProcessId(self.pid, self.born)


class Recorder:
    """Follows events and writes the record; `tell` it everything."""

    def __init__(self, path: Path, programs: list[Program], clock: Clock) -> None:
        now = clock.now()
        self._path, self._clock = path, clock
        self._kept = {each.name: Kept(name=each.name, address=each.address, since=now) for each in programs}
        pid = os.getpid()
        me = process_id(pid)
        self._record = Record(pid=pid, born=me.born if me else "", since=now, processes=())
        self._write()

    def add(self, program: Program) -> None:
        """Follow one more process."""
        self._kept[program.name] = Kept(name=program.name, address=program.address, since=self._clock.now())
        self._write()

    def drop(self, name: str) -> None:
        """Follow a process no more."""
        self._kept.pop(name, None)
        self._write()

    def tell(self, event: Event) -> None:
        """Take in what happened."""
        kept = self._kept.get(event.process)
        if kept is None:
            return
        self._kept[event.process] = kept.model_copy(update=self._changes(kept, event))
        self._write()

    def erase(self) -> None:
        """Remove the record: nothing runs any more."""
        self._path.unlink(missing_ok=True)

    def _changes(self, kept: Kept, event: Event) -> dict[str, object]:
        changes: dict[str, object] = {"state": _STATES[event.kind], "since": self._clock.now()}
        if event.kind is Kind.STARTING:
            found = process_id(event.pid) if event.pid else None
            changes |= {"pid": event.pid, "born": found.born if found else "", "starts": kept.starts + 1}
        elif event.kind in (Kind.ENDED, Kind.STOPPED):
            changes |= {"pid": None, "born": "", "ready_ms": None, "note": event.note or kept.note}
        elif event.kind is Kind.READY:
            changes |= {"ready_ms": event.duration_ms}
        return changes

    def _write(self) -> None:
        record = self._record.model_copy(update={"processes": tuple(self._kept.values())})
        fresh = self._path.with_name(f"{self._path.name}.new")
        with suppress(OSError):  # the disk is full: the next event writes it, and the processes run meanwhile
            fresh.write_text(record.model_dump_json(indent=1), encoding="utf-8")
            fresh.replace(self._path)


def read_record(path: Path) -> Record | None:
    """Return the record; None when there is none, or none that can be read."""
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
