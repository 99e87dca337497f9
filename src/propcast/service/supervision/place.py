"""Where a home keeps what its supervisor needs: a lock that only one can hold, the record, the logs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from propcast.core.errors import PropCastError
from propcast.service.supervision.record import Record, read_record


class AlreadyUp(PropCastError):
    """The processes of this home run already."""


@dataclass(frozen=True)
class Place:
    """The folders and files of one supervisor of a home.

    Attributes:
        name: tells the supervisors of a home apart; `up` is the one of `propcast up`.
    """

    home: Path
    name: str = "up"

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.home / "logs"

    @property
    def record_file(self) -> Path:
        """The file of the record."""
        return self.home / "run" / f"{self.name}.json"

    def record(self) -> Record | None:
        """Return what was last written about the processes; they may be gone since."""
        return read_record(self.record_file)

    def running(self) -> Record | None:
        """Return the record of a supervisor that is alive; None when none is."""
        record = self.record()
        return record if record is not None and record.supervisor.is_alive else None

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the home for one supervisor; `AlreadyUp` while another does."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyUp(self._refusal()) from error
            yield
        finally:
            os.close(descriptor)

    @property
    def _lock(self) -> Path:
        return self.home / "run" / f"{self.name}.lock"

    def _refusal(self) -> str:
        record = self.record()
        who = f" (process {record.pid}, since {record.since:%Y-%m-%d %H:%M} UTC)" if record else ""
        return (
            f"PropCast is up already in {self.home}{who}; look at it with `propcast status`, end it with "
            "`propcast down`, or give another home with --home and other ports with --base-port"
        )
