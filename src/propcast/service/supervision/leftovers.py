"""What a supervisor that was killed left behind: its processes notice and end; those that do not are ended here."""

import signal
import time
from collections.abc import Sequence

from propcast.service.supervision.place import Place
from propcast.service.supervision.processes import ProcessId

_AFTER_KILL_S = 10.0


def left_behind(place: Place) -> list[ProcessId]:
    """Return the processes of the record that still run."""
    record = place.record()
    kept = [kept.process for kept in record.processes] if record else []
    return [process for process in kept if process is not None and process.is_alive]


def end(processes: Sequence[ProcessId], grace_s: float) -> list[ProcessId]:
    """Ask all to stop, and kill those that run after the grace; return the ones that had to be killed."""
    for process in processes:
        process.signal(signal.SIGTERM)
    until = time.monotonic() + grace_s
    stubborn = [process for process in processes if not process.wait(until - time.monotonic())]
    for process in stubborn:
        process.signal(signal.SIGKILL)
        process.wait(_AFTER_KILL_S)
    return stubborn
